#include "replica.hpp"

#include <gtest/gtest.h>

#include <boost/json.hpp>

#include "http_call.hpp"
#include "http_client.hpp"
#include "temp_dir.hpp"
#include "token_stream.hpp"

namespace lbdrain::test {
namespace {

class ReplicaTest : public testing::Test {
  protected:
    Replica replica{"one"};
    HttpClient client{replica.endpoint()};
};

TEST_F(ReplicaTest, ServesTheWholeStream) {
    for (const std::string kind : {"/?chunks=5&gap_ms=1", "/?chunks=5&sse=1", "/?chunks=5&unary=1",
                                   "/?chunks=5&delay_ms=20"}) {
        const auto response = client.post(kind, "12345");
        EXPECT_EQ(response.status, 200) << response.error;
        EXPECT_TRUE(response.whole);
        EXPECT_EQ(response.body, whole_stream(5, kind.find("sse") != std::string::npos));
        EXPECT_EQ(response.header("x-replica"), "one");
        EXPECT_EQ(response.header("X-Body-Bytes"), "5");
    }
    const auto counts = replica.counts();
    EXPECT_EQ(counts.started, 4);
    EXPECT_EQ(counts.finished, 4);
    EXPECT_EQ(counts.in_flight, 0);
    EXPECT_GE(counts.last_end_ms, counts.last_start_ms);
}

TEST_F(ReplicaTest, TakesItsTime) {
    const auto start = steady_ms();
    client.get("/?chunks=3&gap_ms=20&delay_ms=50");
    EXPECT_GE(steady_ms() - start, 50 + 3 * 20);
}

TEST_F(ReplicaTest, ReadsAChunkedBody) {
    const auto response = client.request({.method = "POST",
                                          .target = "/?chunks=1",
                                          .headers = {{"Transfer-Encoding", "chunked"}},
                                          .body = "3\r\nabc\r\n1\r\nd\r\n0\r\n\r\n"});
    EXPECT_EQ(response.header("X-Body-Bytes"), "4");
}

TEST_F(ReplicaTest, CountsASlowBodyFromItsHeadOn) {
    auto exchange = client.begin({.method = "POST", .target = "/"}, 10);
    exchange.send("01234");
    ASSERT_TRUE(replica.wait_for_in_flight(1));
    exchange.send("56789");
    EXPECT_EQ(exchange.response().header("X-Body-Bytes"), "10");
    EXPECT_EQ(replica.in_flight(), 0);
}

TEST_F(ReplicaTest, HoldsUntilReleased) {
    replica.hold();
    const auto first = client.start({.target = "/?chunks=2"});
    ASSERT_TRUE(replica.wait_for_held(1));
    const auto second = client.start({.target = "/?chunks=2&hold_at=1"});
    ASSERT_TRUE(replica.wait_for_held(2));
    EXPECT_TRUE(second->wait_for_body("token 0\n"));
    EXPECT_EQ(second->body(), "token 0\n");
    EXPECT_FALSE(first->done());
    replica.release(1);
    EXPECT_EQ(first->wait().value_or(HttpResponse{}).body, whole_stream(2, false));
    EXPECT_FALSE(second->done());
    EXPECT_EQ(replica.in_flight(), 1);
    replica.release();
    EXPECT_EQ(second->wait().value_or(HttpResponse{}).body, whole_stream(2, false));
    EXPECT_EQ(client.get("/").status, 200);
    EXPECT_EQ(replica.counts().held, 0);
}

TEST_F(ReplicaTest, NoticesAClientThatLeaves) {
    replica.hold();
    {
        const auto call = client.start({});
        ASSERT_TRUE(replica.wait_for_held(1));
    }
    EXPECT_TRUE(replica.wait_for_in_flight(0));
    EXPECT_EQ(replica.counts().aborted, 1);
    EXPECT_EQ(replica.counts().held, 0);
}

TEST_F(ReplicaTest, KillResetsAndRefuses) {
    replica.hold();
    const auto held = client.start({});
    const auto streaming = client.start({.target = "/?hold_at=1"});
    ASSERT_TRUE(replica.wait_for_held(2));
    ASSERT_TRUE(streaming->wait_for_body("token 0"));
    replica.kill();
    EXPECT_FALSE(replica.listening());
    const auto nothing = held->wait().value();
    EXPECT_EQ(nothing.status, 0);
    EXPECT_NE(nothing.error.find("reset"), std::string::npos) << nothing.error;
    const auto part = streaming->wait().value();
    EXPECT_EQ(part.status, 200);
    EXPECT_FALSE(part.whole);
    EXPECT_NE(client.get("/").error.find("refused"), std::string::npos);
    EXPECT_EQ(replica.counts().cut, 2);
    EXPECT_EQ(replica.in_flight(), 0);

    replica.start();
    replica.release();
    EXPECT_EQ(client.get("/").status, 200);
}

TEST_F(ReplicaTest, ClosingTheListenerCutsNobody) {
    replica.hold();
    const auto call = client.start({});
    ASSERT_TRUE(replica.wait_for_held(1));
    replica.close_listener();
    EXPECT_EQ(client.get("/").status, 0);
    replica.release();
    EXPECT_EQ(call->wait().value().status, 200);
}

TEST_F(ReplicaTest, KeepsConnectionsAlive) {
    auto exchange = client.open();
    for (int i = 0; i < 3; ++i) {
        exchange.send_request({.target = "/", .headers = {{"Connection", "keep-alive"}}});
        ASSERT_TRUE(exchange.response().whole);
    }
    EXPECT_EQ(replica.counts().connections, 1);
    EXPECT_EQ(replica.counts().finished, 3);
}

TEST(ReplicaIdle, ClosesIdleConnections) {
    Replica replica(ReplicaOptions{.name = "idle", .idle_timeout = Millis{30}});
    auto exchange = HttpClient(replica.endpoint()).open();
    exchange.send_request({.headers = {{"Connection", "keep-alive"}}});
    ASSERT_TRUE(exchange.response().whole);
    EXPECT_EQ(exchange.receive(), "");
    EXPECT_EQ(exchange.error(), "");  // an orderly end, not the limit
}

TEST_F(ReplicaTest, EchoesAfterAnUpgrade) {
    auto exchange = client.open();
    exchange.send_request({.headers = {{"Connection", "upgrade"}, {"Upgrade", "websocket"}}});
    EXPECT_EQ(exchange.response().status, 101);
    exchange.send("ping");
    EXPECT_EQ(exchange.receive(), "ping");
    EXPECT_EQ(replica.in_flight(), 1);
    exchange.close();
    EXPECT_TRUE(replica.wait_for_in_flight(0));
    EXPECT_EQ(replica.counts().finished, 1);
}

TEST_F(ReplicaTest, ProbesAndHandlersAreNotRequests) {
    EXPECT_EQ(client.get("/health").body, "ok\n");
    replica.on("/health", [](const HttpReader&) { return ReplicaReply{.status = 503}; });
    EXPECT_EQ(client.get("/health?x=1").status, 503);
    replica.on("/hook", [](const HttpReader& request) {
        return ReplicaReply{.body = "{\"method\":\"" + request.method() + "\"}"};
    });
    EXPECT_EQ(client.post("/hook").json().at("method").as_string(), "POST");
    EXPECT_EQ(replica.counts().started, 0);
    EXPECT_EQ(replica.counts().probes, 3);
}

TEST_F(ReplicaTest, FaultsOnDemand) {
    EXPECT_EQ(client.get("/?status=503").status, 503);
    EXPECT_EQ(client.get("/?reset_at=0").status, 0);
    const auto truncated = client.get("/?chunks=3&truncate_at=2");
    EXPECT_FALSE(truncated.whole);
    EXPECT_EQ(truncated.body, token_text(0, false) + token_text(1, false));
    EXPECT_FALSE(client.get("/?unary=1&truncate_at=0").whole);
    EXPECT_NE(stream_fault(client.get("/?chunks=3&skip=1").body), "");
    EXPECT_NE(stream_fault(client.get("/?chunks=3&no_end=1").body), "");
    const HttpClient hasty(replica.endpoint(), Millis{100});
    EXPECT_EQ(hasty.get("/?stall_at=1").error, "receive: timed out");
    EXPECT_TRUE(replica.wait_for_in_flight(0));
    EXPECT_EQ(replica.counts().broken, 3);
}

TEST(ReplicaUnix, ListensOnAUnixSocketAndLinesArriveOneByOne) {
    const TempDir directory;
    Replica replica({.name = "unix"}, Endpoint::unix_socket((directory / "socket").string()));
    const HttpClient client(replica.endpoint());
    std::vector<std::string> lines;
    const auto response = client.request({.target = "/?chunks=2&gap_ms=1"},
                                         [&](const std::string& line) { lines.push_back(line); });
    EXPECT_EQ(response.status, 200);
    EXPECT_EQ(lines, (std::vector<std::string>{"token 0", "token 1", "end of 2"}));
}

}  // namespace
}  // namespace lbdrain::test
