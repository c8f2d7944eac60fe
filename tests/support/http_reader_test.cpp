#include "http_reader.hpp"

#include <gtest/gtest.h>

#include "token_stream.hpp"

namespace lbdrain::test {
namespace {

using Kind = HttpReader::Kind;

TEST(HttpReader, ReadsAChunkedResponseByteByByte) {
    const std::string text =
        "HTTP/1.1 100 Continue\r\n\r\n"
        "HTTP/1.1 200 OK\r\nX-Replica: a\r\nTransfer-Encoding: chunked\r\n\r\n"
        "5;x=1\r\nhello\r\n1\r\n!\r\n0\r\nTrailer: t\r\n\r\n";
    HttpReader reader(Kind::response);
    for (const char c : text) {
        ASSERT_FALSE(reader.done());
        ASSERT_EQ(reader.feed({&c, 1}), 1U);
    }
    EXPECT_TRUE(reader.done());
    EXPECT_EQ(reader.status(), 200);
    EXPECT_EQ(reader.body(), "hello!");
    EXPECT_EQ(*find_header(reader.headers(), "x-replica"), "a");
}

TEST(HttpReader, LeavesWhatBelongsToTheNextMessage) {
    HttpReader reader(Kind::request);
    const std::string first = "POST /a?b=1 HTTP/1.1\r\nContent-Length: 3\r\n\r\nabc";
    EXPECT_EQ(reader.feed(first + "GET /"), first.size());
    EXPECT_TRUE(reader.done());
    EXPECT_EQ(reader.method(), "POST");
    EXPECT_EQ(reader.target(), "/a?b=1");
    EXPECT_EQ(reader.body(), "abc");
    EXPECT_TRUE(reader.keeps_alive());
}

TEST(HttpReader, TellsATruncatedMessageFromAnEndlessOne) {
    HttpReader sized(Kind::response);
    sized.feed("HTTP/1.1 200 OK\r\nContent-Length: 3\r\n\r\nab");
    EXPECT_FALSE(sized.end());
    HttpReader chunked(Kind::response);
    chunked.feed("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n2\r\nab\r\n");
    EXPECT_FALSE(chunked.end());
    HttpReader endless(Kind::response);
    endless.feed("HTTP/1.0 200 OK\r\n\r\nab");
    EXPECT_TRUE(endless.end());
    EXPECT_FALSE(endless.keeps_alive());
}

TEST(HttpReader, FailsOnWhatIsNotHttp) {
    HttpReader status(Kind::response);
    status.feed("HTTP/1.1 abc OK\r\n");
    EXPECT_TRUE(status.failed());
    HttpReader size(Kind::response);
    size.feed("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\nxyz\r\n");
    EXPECT_TRUE(size.failed());
    HttpReader header(Kind::request);
    header.feed("GET / HTTP/1.1\r\nno colon\r\n");
    EXPECT_TRUE(header.failed());
}

TEST(TokenStream, FindsEveryFault) {
    for (const bool sse : {false, true}) {
        EXPECT_EQ(stream_fault(whole_stream(3, sse)), "");
        EXPECT_EQ(stream_fault(whole_stream(0, sse)), "");
        EXPECT_NE(stream_fault(token_text(0, sse)), "");
        EXPECT_NE(stream_fault(token_text(1, sse) + token_text(0, sse) + end_text(2, sse)), "");
        EXPECT_NE(stream_fault(token_text(0, sse) + end_text(2, sse)), "");
        EXPECT_NE(stream_fault(whole_stream(2, sse) + "x"), "");
    }
    EXPECT_NE(stream_fault(""), "");
    EXPECT_NE(stream_fault("end of \n"), "");
}

}  // namespace
}  // namespace lbdrain::test
