// Drains, readmissions, weights and other people's hands, without reloads.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "haproxy_fixture.hpp"

namespace lbdrain::agent {
namespace {

using testing::HasSubstr;

TEST(HaproxyDrain, TakesAServerOutAndPutsItBackUnderLoad) {
    HaproxyFixture fixture;
    ASSERT_TRUE(fixture.start());
    fixture.poll();
    EXPECT_TRUE(fixture.seen().known);
    EXPECT_TRUE(fixture.seen().in);
    EXPECT_TRUE(fixture.seen().up);
    EXPECT_FALSE(fixture.seen().out);
    EXPECT_EQ(fixture.seen().weight, 100U);
    EXPECT_THAT(fixture.last.version, HasSubstr("HAProxy "));
    EXPECT_THAT(fixture.last.counting, HasSubstr("master socket"));
    EXPECT_EQ(fixture.seen().obstacle, "");

    test::Load load(fixture.load());
    ASSERT_TRUE(load.wait_for_ok(50));
    for (const Rotation rotation : {Rotation::drain, Rotation::maint}) {
        fixture.want(0, rotation);
        fixture.poll();
        EXPECT_EQ(fixture.seen().revision, fixture.wanted[0].revision);
        EXPECT_TRUE(fixture.seen().complete);
        EXPECT_FALSE(fixture.seen().out);  // once is not twice
        fixture.poll();
        EXPECT_TRUE(fixture.seen().out);
        EXPECT_FALSE(fixture.seen().in);
        EXPECT_FALSE(fixture.seen().by_hand);
        EXPECT_TRUE(fixture.seen(1).up);
        ASSERT_TRUE(fixture.poll_until([&] { return fixture.seen().in_flight == 0; }));
        const auto started = fixture.a.counts().started;
        ASSERT_TRUE(load.wait_for_ok(50));
        EXPECT_EQ(fixture.a.counts().started, started);
        fixture.want(0, Rotation::readmit);
        fixture.poll();
        EXPECT_TRUE(fixture.seen().in);
        EXPECT_TRUE(fixture.seen().up);
        EXPECT_TRUE(fixture.a.wait_for_started(started + 1));
    }
    EXPECT_EQ(load.stop().failed(), 0);
}

TEST(HaproxyDrain, GoesFromDrainToMaintForRequestsThatACookieBinds) {
    FixtureOptions options;
    options.backend_lines = "    cookie SRV insert indirect\n";
    HaproxyFixture fixture(options);
    ASSERT_TRUE(fixture.start());
    test::HttpRequest sticky;
    sticky.target = "/?chunks=1";
    sticky.headers = {{"Cookie", "SRV=a"}};
    fixture.want(0, Rotation::drain);
    ASSERT_TRUE(fixture.poll_until_out());
    EXPECT_EQ(fixture.client().request(sticky).header("X-Replica"), "a");
    fixture.want(0, Rotation::maint);
    fixture.poll();
    EXPECT_FALSE(fixture.seen().out);  // seen twice anew: it is another promise
    ASSERT_TRUE(fixture.poll_until_out());
    EXPECT_EQ(fixture.client().request(sticky).header("X-Replica"), "b");
}

TEST(HaproxyDrain, LeavesWhatAnOperatorDidAlone) {
    HaproxyFixture fixture;
    ASSERT_TRUE(fixture.start());
    for (const char* state : {"drain", "maint"}) {
        fixture.haproxy.cli(std::string("set server be/a state ") + state);
        for (int i = 0; i < 5; ++i) {
            fixture.poll();
            EXPECT_TRUE(fixture.seen().by_hand);
            EXPECT_FALSE(fixture.seen().in);
            EXPECT_FALSE(fixture.seen(1).by_hand);
        }
        EXPECT_NE(fixture.admin_state(), 0U);
        EXPECT_THAT(fixture.seen().obstacle, HasSubstr("by somebody else"));
    }
    // Wanted out as well: maintenance is not weakened to a drain.
    fixture.want(0, Rotation::drain);
    ASSERT_TRUE(fixture.poll_until_out());
    EXPECT_EQ(fixture.admin_state(), 1U);
    EXPECT_FALSE(fixture.seen().by_hand);
    fixture.want(0, Rotation::readmit);
    ASSERT_TRUE(fixture.poll_until_in());
    EXPECT_EQ(fixture.admin_state(), 0U);
}

TEST(HaproxyDrain, SetsADrainAgainThatSomebodyEnded) {
    HaproxyFixture fixture;
    ASSERT_TRUE(fixture.start());
    fixture.want(0, Rotation::drain);
    ASSERT_TRUE(fixture.poll_until_out());
    fixture.haproxy.cli("set server be/a state ready");
    fixture.poll();
    EXPECT_FALSE(fixture.seen().out);
    EXPECT_EQ(fixture.admin_state(), 8U);
    EXPECT_TRUE(fixture.poll_until_out());
}

TEST(HaproxyDrain, AServerThatIsDisabledInTheConfigurationCanBePutBack) {
    FixtureOptions options;
    options.server_args = " disabled";
    HaproxyFixture fixture(options);
    ASSERT_TRUE(fixture.start());
    fixture.poll();
    EXPECT_TRUE(fixture.seen().by_hand);
    fixture.want(0, Rotation::readmit);
    ASSERT_TRUE(fixture.poll_until_in());
    EXPECT_TRUE(fixture.seen().up);
    EXPECT_EQ(fixture.admin_state(), 4U);  // what the configuration said is kept in mind, no more
    EXPECT_EQ(fixture.client().get("/?chunks=1").header("X-Replica"), "a");
}

TEST(HaproxyDrain, RampsTheWeightAndLeavesThatOfAnOperatorAlone) {
    HaproxyFixture fixture;
    ASSERT_TRUE(fixture.start());
    fixture.haproxy.cli("set server be/b weight 30");
    for (const unsigned percent : {10U, 50U, 100U}) {
        fixture.want(0, Rotation::keep, percent);
        fixture.poll();
        EXPECT_EQ(fixture.seen().weight, percent);
        EXPECT_EQ(fixture.seen(1).weight, 30U);
    }
    fixture.haproxy.cli("set server be/a weight 70");
    fixture.poll();
    EXPECT_EQ(fixture.seen().weight, 70U);
    // Taken back: what the agent may have left behind before it was started again goes.
    fixture.want(0, Rotation::drain);
    ASSERT_TRUE(fixture.poll_until_out());
    fixture.new_balancer();
    fixture.want(0, Rotation::readmit);
    ASSERT_TRUE(fixture.poll_until_in());
    EXPECT_EQ(fixture.seen().weight, 100U);
}

TEST(HaproxyDrain, AWeightOfOneIsNeverRampedToNothing) {
    FixtureOptions options;
    options.server_args = " weight 1";
    HaproxyFixture fixture(options);
    ASSERT_TRUE(fixture.start());
    fixture.want(0, Rotation::keep, 50);
    fixture.poll();
    EXPECT_EQ(fixture.seen().weight, 1U);
    EXPECT_TRUE(fixture.seen().up);
}

TEST(HaproxyDrain, SaysWhatHasItDown) {
    FixtureOptions options;
    options.server_args = " weight 100 check inter 50ms fall 1 rise 1";
    HaproxyFixture fixture(options);
    ASSERT_TRUE(fixture.start());
    ASSERT_TRUE(fixture.poll_until([&] { return fixture.seen().up; }));
    fixture.a.kill();
    ASSERT_TRUE(fixture.poll_until([&] { return !fixture.seen().up; }));
    EXPECT_TRUE(fixture.seen().in);
    EXPECT_THAT(fixture.seen().obstacle, HasSubstr("health check"));
    fixture.a.start();
    EXPECT_TRUE(fixture.poll_until([&] { return fixture.seen().up; }));
}

TEST(HaproxyDrain, CountsWhatIsQueuedAndMovesItAway) {
    FixtureOptions options;
    options.server_args = " maxconn 2";
    options.backend_lines = "    cookie SRV insert indirect\n";
    HaproxyFixture fixture(options);
    ASSERT_TRUE(fixture.start());
    fixture.a.hold();
    std::vector<std::unique_ptr<test::HttpCall>> calls;
    for (int i = 0; i < 5; ++i) {
        test::HttpRequest request;
        request.target = "/?chunks=1&hold_at=0";
        request.headers = {{"Cookie", "SRV=a"}};
        calls.push_back(fixture.client().start(request));
    }
    ASSERT_TRUE(fixture.poll_until([&] { return fixture.seen().queued == 3; }));
    EXPECT_EQ(fixture.seen().in_flight, 2U);
    fixture.want(0, Rotation::maint);
    ASSERT_TRUE(fixture.poll_until([&] { return fixture.seen().queued == 0; }));
    EXPECT_EQ(fixture.seen().in_flight, 2U);
    fixture.a.release();
    ASSERT_TRUE(fixture.poll_until([&] { return fixture.seen().in_flight == 0; }));
    for (const auto& call : calls) {
        EXPECT_TRUE(call->wait() && call->wait()->status == 200);
    }
    EXPECT_EQ(fixture.a.counts().started, 2);
}

TEST(HaproxyDrain, AnUpgradedConnectionIsInFlightUntilItIsClosed) {
    HaproxyFixture fixture;
    ASSERT_TRUE(fixture.start());
    auto tunnel = fixture.client().open();
    // A websocket is the same to HAProxy, except that it checks Sec-WebSocket-Accept.
    ASSERT_TRUE(tunnel.send(
        "GET /echo HTTP/1.1\r\nHost: x\r\nConnection: Upgrade\r\nUpgrade: echo\r\n\r\n"));
    ASSERT_EQ(tunnel.response(true, {}).status, 101);
    fixture.want(0, Rotation::maint);
    ASSERT_TRUE(fixture.poll_until_out());
    EXPECT_EQ(fixture.seen().in_flight, 1U);
    ASSERT_TRUE(fixture.haproxy.reload());
    ASSERT_TRUE(fixture.poll_until_out());
    EXPECT_EQ(fixture.seen().in_flight, 1U);
    ASSERT_TRUE(tunnel.send("ping"));
    EXPECT_EQ(tunnel.receive(), "ping");
    tunnel.close();
    EXPECT_TRUE(fixture.poll_until([&] { return fixture.seen().in_flight == 0; }));
}

TEST(HaproxyDrain, AServerThatHaproxyDoesNotHaveIsNeverOut) {
    HaproxyFixture fixture;
    ASSERT_TRUE(fixture.start());
    HaproxyConfig config;
    config.stats_socket = "unix:" + fixture.haproxy.stats_socket();
    config.master_socket = "unix:" + fixture.haproxy.master_socket();
    auto made = HaproxyBalancer::make(config, 5000, {{"be", "nosuch", ""}, {"nosuch", "a", ""}});
    ASSERT_TRUE(made);
    const std::vector<Wanted> wanted(2, Wanted{.rotation = Rotation::drain});
    for (int i = 0; i < 3; ++i) {
        const auto snapshot = (*made)->poll(wanted);
        ASSERT_TRUE(snapshot.reachable);
        for (const Seen& seen : snapshot.servers) {
            EXPECT_FALSE(seen.known);
            EXPECT_FALSE(seen.out);
            EXPECT_FALSE(seen.in);
            EXPECT_THAT(seen.obstacle, HasSubstr("no worker"));
        }
    }
}

}  // namespace
}  // namespace lbdrain::agent
