// Requests from bytes in pieces of any size; any bytes are lived through.
#include "api/request_reader.hpp"

#include <gtest/gtest.h>

#include <random>

namespace lbdrain::agent::test {
namespace {

using Step = RequestReader::Step;

// What it comes to when the bytes arrive in pieces of this size.
Step feed(RequestReader& reader, const std::string& bytes, std::size_t piece, std::string& rest) {
    rest.clear();
    for (std::size_t at = 0; at < bytes.size(); at += piece) {
        rest += bytes.substr(at, piece);
        for (;;) {
            std::size_t used = 0;
            const Step step = reader.take(rest, used);
            rest.erase(0, used);
            if (step == Step::more) {
                break;
            }
            if (step != Step::head) {
                rest += at + piece < bytes.size() ? bytes.substr(at + piece) : "";
                return step;
            }
        }
    }
    return Step::more;
}

TEST(RequestReader, TakesPiecesOfAnySize) {
    const std::string request =
        "POST /a%20b HTTP/1.1\r\nAccept: text/html, application/x-ndjson\r\n"
        "Content-Length: 5\r\n\r\nhello";
    const std::string next = "GET / HTTP/1.0\r\n\r\n";
    for (std::size_t piece = 1; piece < request.size() + next.size(); ++piece) {
        RequestReader reader(1024, 64);
        std::string rest;
        ASSERT_EQ(feed(reader, request + next, piece, rest), Step::whole) << piece;
        EXPECT_EQ(reader.head().method, "POST");
        EXPECT_EQ(reader.head().target, "/a%20b");
        EXPECT_TRUE(reader.head().wants_lines);
        EXPECT_TRUE(reader.head().keep_alive);
        EXPECT_EQ(reader.body(), "hello");
        EXPECT_EQ(rest, next);
        RequestReader second(1024, 64);
        ASSERT_EQ(feed(second, next, piece, rest), Step::whole) << piece;
        EXPECT_FALSE(second.head().keep_alive);
        EXPECT_FALSE(second.head().chunks);
        EXPECT_FALSE(second.head().has_body);
    }
}

TEST(RequestReader, TakesChunks) {
    const std::string request =
        "POST / HTTP/1.1\r\nTransfer-Encoding: chunked\r\n\r\n2\r\nhe\r\n3;x=y\r\nllo\r\n0\r\n\r\n";
    for (std::size_t piece = 1; piece <= request.size(); ++piece) {
        RequestReader reader(1024, 5);
        std::string rest;
        ASSERT_EQ(feed(reader, request, piece, rest), Step::whole) << piece;
        EXPECT_EQ(reader.body(), "hello");
        RequestReader tight(1024, 4);
        EXPECT_EQ(feed(tight, request, piece, rest), Step::too_long) << piece;
    }
}

TEST(RequestReader, KeepsItsLimits) {
    std::string rest;
    RequestReader long_head(200, 5);
    EXPECT_EQ(feed(long_head, "GET / HTTP/1.1\r\nX: " + std::string(500, 'x'), 10, rest),
              Step::bad);
    EXPECT_LE(rest.size(), 600U);
    EXPECT_NE(long_head.error().find("too long"), std::string::npos) << long_head.error();
    RequestReader long_body(200, 5);
    EXPECT_EQ(feed(long_body, "POST / HTTP/1.1\r\nContent-Length: 6\r\n\r\n", 100, rest),
              Step::too_long);
    EXPECT_EQ(long_body.head().length, 6U);
}

TEST(RequestReader, LivesThroughAnyBytes) {
    const std::string seeds[] = {
        "POST /v1/services/s/servers/n/drain HTTP/1.1\r\nContent-Length: 5\r\n\r\nhello",
        "POST / HTTP/1.1\r\nTransfer-Encoding: chunked\r\n\r\n2\r\nhe\r\n3\r\nllo\r\n0\r\n\r\n",
        "GET / HTTP/1.0\r\nConnection: keep-alive\r\nExpect: 100-continue\r\n\r\n",
    };
    std::mt19937 random(7);
    for (int round = 0; round < 20000; ++round) {
        std::string bytes = seeds[random() % 3];
        for (auto edits = random() % 5; edits > 0; --edits) {
            const std::size_t at = random() % bytes.size();
            switch (random() % 3) {
                case 0:
                    bytes[at] = static_cast<char>(random());
                    break;
                case 1:
                    bytes.insert(at, bytes.substr(random() % bytes.size(), random() % 60));
                    break;
                default:
                    bytes.insert(at, 1, "\r\n :;\0"[random() % 6]);
            }
        }
        RequestReader reader(400, 64);
        std::string rest;
        static_cast<void>(feed(reader, bytes, 1 + random() % 40, rest));
        EXPECT_LE(reader.body().size(), 64U);
    }
}

}  // namespace
}  // namespace lbdrain::agent::test
