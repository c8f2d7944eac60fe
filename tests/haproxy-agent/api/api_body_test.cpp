// Bodies of commands, and what is refused: nothing changes then, however the body arrives.
#include <unistd.h>

#include "api_fixture.hpp"

namespace lbdrain::agent::test {
namespace {

using testing::HasSubstr;

class AgentApiBody : public AgentApi {
  protected:
    void expect_refused(const HttpResponse& response, const std::string& says) {
        EXPECT_EQ(response.status, 400) << response.error;
        EXPECT_EQ(code_of(response), "bad_request");
        EXPECT_THAT(response.body, HasSubstr(says));
        EXPECT_EQ(state("r0"), "ready") << "a refused command changes nothing";
    }

    static std::string padded(std::size_t size) {
        const std::string body = R"({"reason":"pad"})";
        return body + std::string(size - body.size(), ' ');
    }

    HttpResponse post_chunked(const std::string& body, std::size_t piece) {
        auto exchange = client_.open();
        std::string bytes = "POST " + path("r0", "drain") +
                            " HTTP/1.1\r\nHost: x\r\nConnection: close\r\n"
                            "Transfer-Encoding: chunked\r\n\r\n";
        char head[32];
        for (std::size_t at = 0; at < body.size(); at += piece) {
            const auto part = body.substr(at, piece);
            std::snprintf(head, sizeof head, "%zx\r\n", part.size());
            bytes += head + part + "\r\n";
        }
        exchange.send(bytes + "0\r\n\r\n");
        return exchange.response();
    }
};

TEST_F(AgentApiBody, RefusalsNameTheMistake) {
    const std::pair<std::string, std::string> mistakes[] = {
        {R"({"wiat":true})", "wiat"},
        {R"({"wait":1})", "\\\"wait\\\" must be true or false"},
        {R"({"timeout_s":"5"})", "timeout_s"},
        {R"({"settle_s":1e99})", "settle_s"},
        {R"({"on_timeout":"stop"})", "a drain has nothing to stop"},
        {R"({"force":true})", "reason"},
        {R"({"wait":true,"wait":false})", "twice"},
        {"{", "not valid JSON"},
        {"null", "must be a JSON object"},
        {"{} {}", "not valid JSON"},
        {"\xFF\xFE", "not valid JSON"},
    };
    for (const auto& [body, says] : mistakes) {
        SCOPED_TRACE(body);
        expect_refused(command("r0", "drain", body), says);
    }
}

TEST_F(AgentApiBody, SixteenKibibytesAndNoMore) {
    const std::string too_large = padded(17 * 1024);
    expect_refused(command("r0", "drain", too_large), "16 KiB");
    expect_refused(post_chunked(too_large, 1000), "16 KiB");
    expect_refused(post_chunked(too_large, 17000), "16 KiB");
    EXPECT_TRUE(has_status(command("r0", "drain", padded(16 * 1024)), 200));
    EXPECT_TRUE(has_status(command("r0", "ready"), 200));
    EXPECT_TRUE(has_status(post_chunked(padded(16 * 1024), 700), 200));
    EXPECT_EQ(state("r0"), "drained");
}

TEST_F(AgentApiBody, AnnouncedTooLargeIsRefusedBeforeItArrives) {
    auto exchange = client_.begin({"POST", path("r0", "drain"), {}, {}}, 1000 * 1000);
    expect_refused(exchange.response(), "16 KiB");
    // What is refused for its path is refused for that.
    auto other = client_.begin({"POST", path("no", "drain"), {}, {}}, 1000 * 1000);
    EXPECT_EQ(code_of(other.response()), "unknown_server");
}

TEST_F(AgentApiBody, ABodyThatComesSlowlyIsAwaited) {
    const std::string body = R"({"reason":"in three parts"})";
    auto exchange = client_.begin({"POST", path("r0", "drain"), {}, {}}, body.size());
    for (std::size_t at = 0; at < body.size(); at += 9) {
        EXPECT_EQ(state("r0"), "ready");  // an answered request between the parts
        ASSERT_TRUE(exchange.send(body.substr(at, 9)));
    }
    EXPECT_TRUE(has_status(exchange.response(), 200));
}

TEST_F(AgentApiBody, AClientThatAsksWhetherToGoOnIsToldSo) {
    auto exchange =
        client_.begin({"POST", path("r0", "drain"), {{"Expect", "100-continue"}}, {}}, 2);
    EXPECT_EQ(exchange.receive(), "HTTP/1.1 100 Continue\r\n\r\n");
    ASSERT_TRUE(exchange.send("{}"));
    EXPECT_TRUE(has_status(exchange.response(), 200));
    auto refused = client_.begin({"POST", path("r0", "x"), {{"Expect", "100-continue"}}, {}}, 2);
    EXPECT_TRUE(has_status(refused.response(), 405)) << "it comes without the body";
}

TEST_F(AgentApiBody, AClientThatLeavesWithinTheBodyCommandsNothing) {
    auto exchange = client_.begin({"POST", path("r0", "drain"), {}, {}}, 100);
    ASSERT_TRUE(exchange.send(R"({"reason":"half)"));
    exchange.close();
    EXPECT_EQ(state("r0"), "ready");
    on_loop([&] { EXPECT_EQ(backend_.commands(), 0); });
}

TEST_F(AgentApiBody, NoBodyStandsForDefaults) {
    EXPECT_TRUE(has_status(command("r0", "drain", ""), 200));
    EXPECT_TRUE(has_status(command("r0", "ready", "{}"), 200));
    EXPECT_TRUE(has_status(post_chunked("", 1), 200));
    EXPECT_TRUE(has_status(command("r0", "ready", " \r\n"), 200));
    auto exchange = client_.open();
    exchange.send("POST " + path("r0", "drain") + " HTTP/1.0\r\n\r\n");
    EXPECT_TRUE(has_status(exchange.response(), 200));
    EXPECT_EQ(state("r0"), "drained");
}

TEST_F(AgentApiBody, WhoAsksIsTheProcessUnlessItSaysOtherwise) {
    ASSERT_TRUE(has_status(command("r0", "drain", R"({"reason":"new driver"})"), 200));
    std::string by;
    on_loop([&] { by = backend_.last_request().by; });
    EXPECT_THAT(by, testing::StartsWith("api uid "));
    EXPECT_THAT(by, testing::EndsWith("(" + std::to_string(getpid()) + ")"));
    EXPECT_THAT(log(), HasSubstr("up/r0: drain by " + by + ": new driver\n"));
    ASSERT_TRUE(has_status(command("r0", "ready", R"({"by":"ann"})"), 200));
    EXPECT_THAT(log(), HasSubstr("up/r0: ready by ann\n"));
    const std::string before = log();
    ASSERT_TRUE(has_status(command("r0", "ready"), 200));
    EXPECT_EQ(log(), before) << "nothing was done";
}

TEST_F(AgentApiBody, WhatTheBackendRefusesIsToldAsItIs) {
    ASSERT_TRUE(has_status(command("r0", "drain"), 200));
    const auto refused = command("r1", "drain");
    EXPECT_EQ(refused.status, 409);
    EXPECT_EQ(code_of(refused), "last_ready_server");
    EXPECT_EQ(refused.header("Content-Type"), "application/problem+json");
    EXPECT_TRUE(has_status(
        command("r1", "drain", R"({"force":true,"reason":"rack on fire","by":"ann"})"), 200));
    EXPECT_THAT(log(), HasSubstr("up/r1: drain (forced) by ann: rack on fire\n"));
}

}  // namespace
}  // namespace lbdrain::agent::test
