// One replica in two upstreams: what stops its process takes it out of both.
#include <gtest/gtest.h>

#include "hook_fixture.hpp"

namespace lbdrain::test {
namespace {

class SiblingsTest : public HookTest {
  protected:
    // "up" (with hooks) and "also" have the same replicas.
    void start_siblings(const std::string& stop = "ask /stop", bool only_0 = false) {
        DrainSetup setup;
        setup.after = "drain_stop_hook exec " + script("stop", stop) + ";" +
                      "drain_start_hook exec " + script("start", "ask /start") + ";" +
                      "drain_ready_check http://$server/health passes=1 interval=20ms;";
        setup.http += "upstream also { zone also 256k; server " + it.address(0) + "; " +
                      (only_0 ? "" : "server " + it.address(1) + ";") + " }";
        setup.locations = "location /also { proxy_pass http://also; }\n";
        it.configure(setup);
        ASSERT_TRUE(it.start());
    }

    HttpResponse command_also(std::size_t i, const std::string& action,
                              const std::string& body = {}) {
        return it.client().post(DrainNginx::path(it.address(i), action, "also"), body);
    }
    boost::json::object also(std::size_t i) { return it.server(it.address(i), "also"); }

    void expect_also_avoids_0() {
        for (int i = 0; i < 10; ++i) {
            EXPECT_EQ(it.client().get("/also?unary=1").header("X-Replica"), "r1");
        }
    }
    bool also_uses_0() {
        int used = 0;
        for (int i = 0; i < 20; ++i) {
            used += it.client().get("/also?unary=1").header("X-Replica") == "r0" ? 1 : 0;
        }
        return used > 0;
    }
};

TEST_F(SiblingsTest, ADrainConcernsItsOwnUpstreamOnly) {
    start_siblings();
    ASSERT_TRUE(has_status(it.drain(0), 200));
    expect_traffic_avoids_0();
    EXPECT_TRUE(also_uses_0());
    EXPECT_TRUE(also(0).at("held_by").is_null());
    it.nginx().expect_clean_log();
}

TEST_F(SiblingsTest, ARestartTakesItOutOfBothAndWaitsForBoth) {
    start_siblings();
    it.replica(0).hold();
    // Turns are strict in "also": its first request is on replica 0.
    auto call = it.client().start({"GET", "/also?hold_at=1", {}, {}});
    ASSERT_TRUE(it.replica(0).wait_for_held(1));
    auto restart = it.begin(0, "restart");
    ASSERT_TRUE(it.wait_for_state(0, "draining"));
    EXPECT_EQ(text_of(also(0), "held_by"), "up/" + it.address(0));
    EXPECT_EQ(text_of(also(0), "state"), "ready") << "its own state is untouched";
    expect_also_avoids_0();
    expect_traffic_avoids_0();
    EXPECT_FALSE(restart->done());
    EXPECT_TRUE(runs().empty()) << "the hook has to wait for the other upstream's request";
    EXPECT_TRUE(text_of(it.server(0).at("sequence").as_object(), "waiting_for")
                    .starts_with("1 request in flight"));

    it.replica(0).release();
    EXPECT_TRUE(has_status(restart->wait().value(), 200));
    EXPECT_TRUE(call->wait().value().whole);
    EXPECT_EQ(it.replica(0).counts().cut, 0);
    EXPECT_TRUE(also(0).at("held_by").is_null());
    EXPECT_TRUE(also_uses_0());
    it.nginx().expect_clean_log();
}

TEST_F(SiblingsTest, AStoppedReplicaStaysOutOfBoth) {
    start_siblings();
    ASSERT_TRUE(has_status(it.command(0, "stop"), 200));
    EXPECT_EQ(text_of(also(0), "held_by"), "up/" + it.address(0));
    expect_also_avoids_0();
    ASSERT_TRUE(has_status(it.command(0, "start"), 200));
    EXPECT_TRUE(also_uses_0());
    it.nginx().expect_clean_log();
}

TEST_F(SiblingsTest, DownOfAStoppedReplicaLetsNobodyReachIt) {
    start_siblings();
    ASSERT_TRUE(has_status(it.command(0, "stop"), 200));
    ASSERT_TRUE(has_status(it.command(0, "down"), 200));
    EXPECT_EQ(it.state(0), "down");
    expect_also_avoids_0();
    ASSERT_TRUE(has_status(it.command(0, "start"), 200));
    EXPECT_TRUE(also_uses_0());
    it.nginx().expect_clean_log();
}

TEST_F(SiblingsTest, AFailedStopKeepsItOutOfBoth) {
    start_siblings("exit 1");
    EXPECT_EQ(code_of(it.command(0, "stop")), "stop_failed");
    expect_also_avoids_0();
    ASSERT_TRUE(has_status(it.ready(0), 200));
    EXPECT_TRUE(also_uses_0());
    it.nginx().expect_clean_log();
}

TEST_F(SiblingsTest, TheHeldOneTakesNoCommands) {
    start_siblings();
    ASSERT_TRUE(has_status(it.command(0, "stop"), 200));
    for (const std::string action : {"drain", "ready", "down"}) {
        const auto refused = command_also(0, action);
        EXPECT_EQ(code_of(refused), "sequence_running") << action;
        EXPECT_NE(refused.body.find("up/" + it.address(0)), std::string::npos) << refused.body;
    }
    expect_also_avoids_0();
    ASSERT_TRUE(has_status(it.command(0, "start"), 200));
    EXPECT_TRUE(has_status(command_also(0, "drain"), 200));
    it.nginx().expect_clean_log();
}

TEST_F(SiblingsTest, AStopDoesNotCrossTheSequenceOfAnother) {
    start_siblings();
    it.replica(0).hold();
    auto call = it.client().start({"GET", "/also?hold_at=1", {}, {}});
    ASSERT_TRUE(it.replica(0).wait_for_held(1));
    ASSERT_TRUE(has_status(command_also(0, "drain", R"({"wait":false})"), 202));
    const auto refused = it.command(0, "stop");
    EXPECT_EQ(code_of(refused), "sequence_running");
    EXPECT_NE(refused.body.find("also/" + it.address(0)), std::string::npos) << refused.body;
    EXPECT_EQ(it.state(0), "ready");
    EXPECT_TRUE(has_status(it.drain(0), 200)) << "a drain stops no process";
    it.replica(0).release();
    EXPECT_TRUE(eventually(long_enough, [&] { return text_of(also(0), "state") == "drained"; }));
    it.nginx().expect_clean_log();
}

TEST_F(SiblingsTest, TheGuardOfEachUpstreamCounts) {
    start_siblings("ask /stop", true);
    const auto refused = it.command(0, "restart");
    EXPECT_EQ(code_of(refused), "last_ready_server");
    EXPECT_NE(refused.body.find("also"), std::string::npos) << refused.body;
    EXPECT_TRUE(has_status(it.drain(0), 200)) << "this one leaves \"also\" alone";
    ASSERT_TRUE(has_status(it.ready(0), 200));
    EXPECT_TRUE(
        has_status(it.command(0, "restart", R"({"force":true,"reason":"it must be"})"), 200));
    EXPECT_TRUE(also_uses_0());
    it.nginx().expect_clean_log();
}

TEST_F(SiblingsTest, WhatWasDrainedByItselfStaysDrained) {
    start_siblings();
    ASSERT_TRUE(has_status(command_also(0, "drain"), 200));
    ASSERT_TRUE(has_status(it.command(0, "restart"), 200));
    EXPECT_EQ(it.state(0), "ready");
    EXPECT_EQ(text_of(also(0), "state"), "drained");
    expect_also_avoids_0();
    ASSERT_TRUE(has_status(command_also(0, "ready"), 200));
    EXPECT_TRUE(also_uses_0());
    it.nginx().expect_clean_log();
}

TEST_F(SiblingsTest, AReloadKeepsTheHold) {
    start_siblings();
    ASSERT_TRUE(has_status(it.command(0, "stop"), 200));
    ASSERT_TRUE(it.nginx().reload());
    EXPECT_EQ(text_of(also(0), "held_by"), "up/" + it.address(0));
    expect_also_avoids_0();
    ASSERT_TRUE(has_status(it.command(0, "start"), 200));
    EXPECT_TRUE(also_uses_0());
    it.nginx().expect_clean_log();
}

}  // namespace
}  // namespace lbdrain::test
