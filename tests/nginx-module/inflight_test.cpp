// What counts as in flight and keeps a drain waiting: every way in which a request can be on a
// replica. Each test puts one there, drains, and looks that the drain waits for just that.
#include <gtest/gtest.h>

#include "drain_fixture.hpp"
#include "token_stream.hpp"

namespace lbdrain::test {
namespace {

class InFlightTest : public testing::Test {
  protected:
    static DrainSetup setup() {
        DrainSetup setup;
        setup.before = "zone up 256k;";  // strict turns: the first request goes to replica 0
        setup.location = "proxy_next_upstream error timeout http_503;\n";
        setup.locations = R"(
            location /upgrade {
                proxy_pass http://up;
                proxy_http_version 1.1;
                proxy_set_header Upgrade $http_upgrade;
                proxy_set_header Connection upgrade;
            }
            location /streamed {
                proxy_pass http://up;
                proxy_http_version 1.1;
                proxy_request_buffering off;
                proxy_buffering off;
            }
            location /stubborn { proxy_pass http://up; proxy_ignore_client_abort on; }
        )";
        return setup;
    }

    void SetUp() override { ASSERT_TRUE(it.start()); }

    // The drain has begun, and waits.
    std::unique_ptr<HttpCall> drain_that_waits() {
        auto drain = it.begin(0, "drain");
        EXPECT_TRUE(it.wait_for_state(0, "draining"));
        EXPECT_EQ(it.in_flight(0), 1);
        EXPECT_FALSE(drain->wait(Millis{50})) << "answered while a request was in flight";
        return drain;
    }

    void expect_drained(HttpCall& drain) {
        const auto answer = drain.wait();
        ASSERT_TRUE(answer);
        EXPECT_TRUE(has_status(*answer, 200));
        EXPECT_EQ(it.state(0), "drained");
        EXPECT_EQ(it.in_flight(0), 0);
        EXPECT_EQ(it.in_flight(1), 0);
        it.nginx().expect_clean_log();
    }

    DrainNginx it{setup()};
};

TEST_F(InFlightTest, AStreamOfEvents) {
    it.replica(0).hold();
    auto call = it.client().start({"POST", "/?sse=1&chunks=20&hold_at=5", {}, "{}"});
    ASSERT_TRUE(it.replica(0).wait_for_held(1));
    auto drain = drain_that_waits();
    it.replica(0).release();
    expect_drained(*drain);
    EXPECT_EQ(call->wait().value().body, whole_stream(20, true));
}

TEST_F(InFlightTest, AnAnswerThatHasNotBegun) {
    it.replica(0).hold();
    auto call = it.client().start({"POST", "/?unary=1", {}, "{}"});
    ASSERT_TRUE(it.replica(0).wait_for_held(1));
    auto drain = drain_that_waits();
    it.replica(0).release();
    expect_drained(*drain);
    EXPECT_EQ(call->wait().value().body, whole_stream(3, false));
}

TEST_F(InFlightTest, ABodyHalfSentGoesToTheOtherServer) {
    const std::string body(200, 'x');
    auto exchange = it.client().begin({"POST", "/?unary=1", {}, {}}, body.size());
    ASSERT_TRUE(exchange.send(body.substr(0, 100)));
    // No server has been chosen yet: there is nothing to wait for.
    ASSERT_TRUE(has_status(it.drain(0), 200));
    ASSERT_TRUE(exchange.send(body.substr(100)));
    const auto response = exchange.response();
    ASSERT_TRUE(has_status(response, 200));
    EXPECT_EQ(response.header("X-Replica"), "r1");
    EXPECT_EQ(response.header("X-Body-Bytes"), "200");
    EXPECT_EQ(it.replica(0).counts().started, 0);
    it.nginx().expect_clean_log();
}

TEST_F(InFlightTest, ABodyPassedOnAsItComes) {
    auto exchange = it.client().begin({"POST", "/streamed?unary=1", {}, {}}, 200);
    ASSERT_TRUE(exchange.send(std::string(100, 'x')));
    ASSERT_TRUE(it.replica(0).wait_for_started(1));
    auto drain = drain_that_waits();
    ASSERT_TRUE(exchange.send(std::string(100, 'x')));
    EXPECT_EQ(exchange.response().header("X-Body-Bytes"), "200");
    expect_drained(*drain);
}

TEST_F(InFlightTest, AnUpgradedConnectionStaysUntilItIsClosed) {
    auto exchange = it.client().begin(
        {"GET", "/upgrade", {{"Upgrade", "websocket"}, {"Connection", "upgrade"}}, {}}, 0);
    ASSERT_TRUE(exchange.send("ping"));
    std::string got;
    while (got.find("ping") == std::string::npos) {
        const auto bytes = exchange.receive();
        ASSERT_FALSE(bytes.empty()) << got;
        got += bytes;
    }
    EXPECT_TRUE(got.starts_with("HTTP/1.1 101")) << got;
    auto drain = drain_that_waits();
    ASSERT_TRUE(exchange.send("still"));
    EXPECT_EQ(exchange.receive(), "still") << "it works on while the drain waits";
    exchange.close();
    expect_drained(*drain);
}

TEST_F(InFlightTest, ARequestThatMovedOnCountsWhereItIs) {
    it.replica(0).on("/moves", [](const HttpReader&) { return ReplicaReply{503, "no", {}}; });
    it.replica(1).hold();
    auto call = it.client().start({"GET", "/moves?hold_at=1", {}, {}});
    ASSERT_TRUE(it.replica(1).wait_for_held(1));
    EXPECT_EQ(it.in_flight(0), 0);
    EXPECT_EQ(it.in_flight(1), 1);
    ASSERT_TRUE(has_status(it.drain(0), 200)) << "it has left this one";
    it.replica(1).release();
    EXPECT_TRUE(has_status(call->wait().value(), 200));
    EXPECT_TRUE(it.wait_for_in_flight(1, 0));
    it.nginx().expect_clean_log();
}

TEST_F(InFlightTest, ARetryAvoidsAServerThatWasDrainedMeanwhile) {
    it.replica(0).hold();
    auto call = it.client().start({"GET", "/?status=503", {}, {}});
    ASSERT_TRUE(it.replica(0).wait_for_held(1));
    ASSERT_TRUE(has_status(it.drain(1), 200));
    it.replica(0).release();
    EXPECT_EQ(call->wait().value().status, 502) << "what nginx says when no server is left";
    EXPECT_EQ(it.replica(1).counts().started, 0);
    EXPECT_TRUE(it.wait_for_in_flight(0, 0));
    it.nginx().expect_clean_log();
}

// Without a zone each worker has peers of its own, and learns of the change only as it retries.
TEST(InFlightRetry, EveryWorkerAvoidsAServerThatWentDownMeanwhile) {
    DrainSetup setup;
    setup.workers = 4;
    setup.listen = "reuseport";
    setup.location = "proxy_next_upstream http_503;\n";
    DrainNginx it(setup);
    ASSERT_TRUE(it.start());
    it.replica(0).hold();
    it.replica(1).hold();
    std::vector<std::unique_ptr<HttpCall>> calls;
    for (int i = 0; i < 24; ++i) {
        calls.push_back(it.client().start({"GET", "/?status=503", {}, {}}));
    }
    ASSERT_TRUE(eventually(long_enough, [&] {
        return it.replica(0).counts().held + it.replica(1).counts().held == 24;
    }));
    ASSERT_TRUE(has_status(it.command(1, "down"), 200));
    const auto before = it.replica(1).counts().started;
    it.replica(0).release();
    ASSERT_TRUE(it.replica(0).wait_for_in_flight(0));
    ASSERT_TRUE(it.wait_for_in_flight(0, 0));
    EXPECT_EQ(it.replica(1).counts().started, before) << "a retry went to a server that is down";
    it.replica(1).release();
    for (auto& call : calls) {
        EXPECT_TRUE(call->wait().value().whole);
    }
    it.nginx().expect_clean_log();
}

TEST_F(InFlightTest, TheOnlyServerLeftHasTheLastWord) {
    ASSERT_TRUE(has_status(it.drain(1), 200));
    EXPECT_EQ(it.client().get("/?status=503").status, 503) << "no try is left, and nginx knows it";
    ASSERT_TRUE(has_status(it.ready(1), 200));
    it.replica(1).on("/moves", [](const HttpReader&) { return ReplicaReply{503, "no", {}}; });
    for (int i = 0; i < 4; ++i) {
        EXPECT_EQ(it.client().get("/moves?unary=1").status, 200) << "and there are two again";
    }
    it.nginx().expect_clean_log();
}

TEST(InFlightKeepalive, ARequestOnAKeptConnectionCounts) {
    DrainSetup setup;
    setup.workers = 1;
    setup.after = "keepalive 8;";
    DrainNginx it(setup);
    ASSERT_TRUE(it.start());
    for (int i = 0; i < 6; ++i) {
        ASSERT_TRUE(has_status(it.client().get("/?unary=1"), 200));
    }
    const auto connections = it.replica(0).counts().connections;
    it.replica(0).hold();
    it.replica(1).hold();
    auto a = it.client().start({"GET", "/?hold_at=1", {}, {}});
    auto b = it.client().start({"GET", "/?hold_at=1", {}, {}});
    ASSERT_TRUE(it.replica(0).wait_for_held(1));
    ASSERT_TRUE(it.replica(1).wait_for_held(1));
    EXPECT_EQ(it.replica(0).counts().connections, connections) << "a kept connection was used";
    auto drain = it.begin(0, "drain");
    ASSERT_TRUE(it.wait_for_state(0, "draining"));
    EXPECT_EQ(it.in_flight(0), 1);
    EXPECT_EQ(it.in_flight(1), 1);
    it.replica(0).release();
    EXPECT_TRUE(has_status(drain->wait().value(), 200)) << "kept connections are not waited for";
    it.replica(1).release();
    EXPECT_TRUE(a->wait().value().whole);
    EXPECT_TRUE(b->wait().value().whole);
    it.nginx().expect_clean_log();
}

TEST_F(InFlightTest, AClientThatGoesAwayIsNotWaitedFor) {
    it.replica(0).hold();
    auto call = it.client().start({"GET", "/?hold_at=1", {}, {}});
    ASSERT_TRUE(it.replica(0).wait_for_held(1));
    auto drain = drain_that_waits();
    call.reset();
    expect_drained(*drain);
    EXPECT_TRUE(it.replica(0).wait(
        long_enough, [](const ReplicaCounts& counts) { return counts.aborted == 1; }));
}

TEST_F(InFlightTest, AClientThatGoesAwayWhereNginxGoesOn) {
    it.replica(0).hold();
    auto call = it.client().start({"GET", "/stubborn?hold_at=1", {}, {}});
    ASSERT_TRUE(it.replica(0).wait_for_held(1));
    call.reset();
    auto drain = drain_that_waits();
    it.replica(0).release();
    expect_drained(*drain);
    EXPECT_TRUE(it.replica(0).wait(long_enough, [](const ReplicaCounts& counts) {
        return counts.finished + counts.aborted == 1;
    }));
}

TEST_F(InFlightTest, AReplicaThatDiesFreesItsRequests) {
    it.replica(0).hold();
    auto call = it.client().start({"POST", "/?hold_at=1", {}, "{}"});
    ASSERT_TRUE(it.replica(0).wait_for_held(1));
    auto drain = drain_that_waits();
    it.replica(0).kill();
    expect_drained(*drain);
    EXPECT_FALSE(call->wait().value().whole);
}

// With buffering, NGINX takes the response off the replica; the client may read it for hours.
TEST_F(InFlightTest, ASlowReaderOfABufferedAnswerIsNotTheReplicasConcern) {
    const std::string large(8 * 1024 * 1024, 'x');
    it.replica(0).on("/large", [&](const HttpReader&) { return ReplicaReply{200, large, {}}; });
    auto exchange = it.client().begin({"GET", "/large", {}, {}}, 0);
    ASSERT_TRUE(eventually(long_enough, [&] { return it.replica(0).counts().probes == 1; }));
    ASSERT_TRUE(has_status(it.drain(0), 200));
    it.replica(0).kill();
    EXPECT_EQ(exchange.response().body.size(), large.size());
    it.nginx().expect_clean_log();
}

TEST_F(InFlightTest, ASlowReaderOfAnUnbufferedAnswerIsAwaited) {
    const std::string large(32 * 1024 * 1024, 'x');
    it.replica(0).on("/streamed/large", [&](const HttpReader&) {
        return ReplicaReply{200, large, {}};
    });
    auto exchange = it.client().begin({"GET", "/streamed/large", {}, {}}, 0);
    ASSERT_TRUE(eventually(long_enough, [&] { return it.replica(0).counts().probes == 1; }));
    auto drain = drain_that_waits();
    EXPECT_EQ(exchange.response().body.size(), large.size());
    expect_drained(*drain);
}

}  // namespace
}  // namespace lbdrain::test
