// Clients that mean harm, or are broken: bounded in time, bytes and number, and nobody else
// notices.
#include "api_fixture.hpp"

namespace lbdrain::agent::test {
namespace {

using testing::HasSubstr;

class AgentApiHostile : public AgentApi {
  protected:
    AgentApiHostile() : AgentApi(limits()) {}

    static ApiLimits limits() {
        ApiLimits limits;
        limits.connections = 8;
        limits.idle_timeout = 500;
        limits.header_timeout = 300;
        limits.body_timeout = 300;
        limits.write_timeout = 300;
        return limits;
    }

    // Asks until the connections of the test before this line are gone.
    void expect_alive() {
        EXPECT_TRUE(
            eventually(long_enough, [&] { return client_.get("/v1/status").status == 200; }));
        EXPECT_EQ(state("r0"), "ready");
    }
};

TEST_F(AgentApiHostile, GarbageHarmsNobody) {
    const std::string drain = path("r0", "drain");
    const std::string garbage[] = {
        "\r\n\r\n",
        std::string("\0\1\2\3\xFF\xFE", 6) + "\r\n\r\n",
        "POST " + drain + "\r\n\r\n",
        "POST " + drain + " HTTP/9.9\r\n\r\n",
        "POST " + drain + " HTTP/1.1\r\nHost: x\r\nContent-Length: -4\r\n\r\n{}",
        "POST " + drain + " HTTP/1.1\r\nContent-Length: 2\r\nContent-Length: 3\r\n\r\n{} ",
        "POST " + drain + " HTTP/1.1\r\nContent-Length: 99999999999999999999999\r\n\r\n{}",
        "POST " + drain +
            " HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\nzz\r\n{}\r\n0\r\n\r\n",
        "POST " + drain + " HTTP/1.1\r\nno colon\r\n\r\n",
        "GET /v1/status HTTP/1.1\r\nX: \x01\r\n\r\n",
        std::string(70000, 'a'),
        "GET " + std::string(20000, '/') + " HTTP/1.1\r\n\r\n",
        "GET /v1/status HTTP/1.1\r\nX: " + std::string(20000, 'a') + "\r\n\r\n",
    };
    for (const auto& bytes : garbage) {
        SCOPED_TRACE(bytes.substr(0, 100));
        auto exchange = client_.open();
        exchange.send(bytes);
        const auto response = exchange.response();
        EXPECT_EQ(response.status, 400);
        EXPECT_EQ(code_of(response), "bad_request");
        EXPECT_EQ(response.header("Connection"), "close");
        exchange.close();
    }
    expect_alive();
}

TEST_F(AgentApiHostile, HalfRequestsAreGivenUp) {
    const std::string halves[] = {
        "",
        "G",
        "POST " + path("r0", "drain") + " HTTP/1.1\r\nHost: x\r\nContent-Le",
        "POST " + path("r0", "drain") + " HTTP/1.1\r\nContent-Length: 4\r\n\r\n{\"",
        "POST " + path("r0", "drain") + " HTTP/1.1\r\nTransfer-Encoding: chunked\r\n\r\n4\r\n{",
    };
    for (const auto& bytes : halves) {
        SCOPED_TRACE(bytes);
        auto waits = client_.open();
        waits.send(bytes);
        EXPECT_EQ(waits.receive(), "") << "closed without an answer";
        EXPECT_THAT(waits.error(), testing::Not(HasSubstr("timed out")));
        auto leaves = client_.open();
        leaves.send(bytes);
        leaves.close();
    }
    expect_alive();
}

TEST_F(AgentApiHostile, AByteAtATimeDoesNotExtendTheLimit) {
    auto slow = client_.open();
    const std::string bytes = "GET /v1/status HTTP/1.1\r\nX: " + std::string(8000, 'a');
    const auto begin = steady_ms();
    std::size_t sent = 0;
    while (sent < bytes.size() && slow.send(bytes.substr(sent, 1))) {
        ++sent;
        std::this_thread::sleep_for(std::chrono::milliseconds(5));  // the very speed is the test
    }
    EXPECT_LT(sent, bytes.size());
    EXPECT_GE(steady_ms() - begin, 250);
    expect_alive();
}

TEST_F(AgentApiHostile, AClientThatReadsNothingIsDropped) {
    auto deaf = client_.open();
    std::string many;
    for (int i = 0; i < 2000; ++i) {
        many += "GET /v1/status HTTP/1.1\r\n\r\n";
    }
    bool open = true;
    for (int i = 0; i < 100 && open; ++i) {
        open = deaf.send(many);
    }
    EXPECT_FALSE(open) << "its answers fill the socket, then it is closed";
    expect_alive();
}

TEST_F(AgentApiHostile, ConnectionsBeyondTheLimitAreTurnedAway) {
    std::vector<std::unique_ptr<HttpCall>> readers;
    for (int i = 0; i < 8; ++i) {
        readers.push_back(client_.start({"GET", "/v1/events", {}, {}}));
        ASSERT_TRUE(readers.back()->wait_for_body("\n"));
    }
    const auto refused = client_.get("/v1/status");
    EXPECT_EQ(refused.status, 503);
    EXPECT_EQ(code_of(refused), "overloaded");
    EXPECT_EQ(refused.header("Retry-After"), "1");
    EXPECT_EQ(client_.get("/v1/status").status, 503);
    const std::string text = log();
    EXPECT_EQ(text.find("turned away"), text.rfind("turned away")) << "said once";
    readers.pop_back();
    expect_alive();
}

TEST_F(AgentApiHostile, WaitsAreNotBoundByTheLimitsOfRequests) {
    occupy(1);
    auto exchange = client_.open();
    ASSERT_TRUE(
        exchange.send("POST " + path("r0", "drain") + " HTTP/1.1\r\nContent-Length: 0\r\n\r\n"));
    ASSERT_TRUE(wait_for_state("r0", "draining"));
    const auto begin = steady_ms();
    EXPECT_TRUE(eventually(long_enough, [&] { return steady_ms() - begin > 700; }));
    occupy(0);
    EXPECT_TRUE(has_status(exchange.response(), 200));
}

}  // namespace
}  // namespace lbdrain::agent::test
