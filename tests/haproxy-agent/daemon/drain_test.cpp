// drain-agent from end to end: commands by its API, what HAProxy and the replicas see of them.
#include "daemon_fixture.hpp"

namespace lbdrain::test {
namespace {

constexpr int drain_bit = 8;

using Drains = DaemonTest;

TEST_F(Drains, ARestartGoesAllTheWay) {
    const auto done = agent.command("be", "s1", "restart", R"({"by":"test"})");
    ASSERT_EQ(done.status, 200) << done.body << agent.log();
    EXPECT_EQ(agent.state("be", "s1"), "ready");
    EXPECT_EQ(admin("s1"), 0);
    EXPECT_TRUE(replicas[0].listening());
    EXPECT_TRUE(at_balancer("s1", "up"));
    // Nothing is left that a reload could take for a drain.
    EXPECT_EQ(read_file(haproxy.state_file()).find(" s1 "), std::string::npos);
    for (const std::string change : {"ready -> draining", "draining -> stopping",
                                     "stopping -> starting", "warming -> ready"}) {
        EXPECT_NE(agent.log().find("be/s1: " + change), std::string::npos) << change << "\n"
                                                                           << agent.log();
    }
}

TEST_F(Drains, WhatIsInFlightIsWaitedFor) {
    const auto held = hold_one(replicas[0]);
    ASSERT_EQ(agent.command("be", "s1", "drain", R"({"wait":false})").status, 202);
    ASSERT_TRUE(wait_for_admin("s1", drain_bit));
    EXPECT_EQ(agent.state("be", "s1"), "draining");
    EXPECT_TRUE(eventually(long_enough, [&] {
        const auto view = agent.server("be", "s1");
        return view.at("sequence").at("waiting_for").as_string().find("1 request in flight") !=
               std::string::npos;
    })) << agent.server("be", "s1");
    replicas[0].release();
    EXPECT_EQ(held->wait()->status, 200);
    ASSERT_TRUE(agent.wait_for_state("be", "s1", "drained")) << agent.log();
    EXPECT_EQ(admin("s1"), maint_bit);
    EXPECT_EQ(agent.command("be", "s1", "ready").status, 200);
    EXPECT_EQ(admin("s1"), 0);
}

TEST_F(Drains, TheLastReadyServerIsNotDrained) {
    ASSERT_EQ(agent.command("be", "s1", "drain").status, 200);
    EXPECT_EQ(code_of(agent.command("be", "s2", "drain")), "last_ready_server");
    EXPECT_EQ(admin("s2"), 0);
}

// Back to back: the second must neither be refused nor begin before the first is back.
TEST_F(Drains, ServersAreRestartedOneAfterTheOther) {
    for (const char* server : {"s1", "s2", "s1"}) {
        const auto done = agent.command("be", server, "restart");
        ASSERT_EQ(done.status, 200) << server << ": " << done.body;
    }
}

TEST_F(Drains, AnOperatorsDrainStands) {
    ASSERT_TRUE(haproxy.cli("set server be/s1 state drain"));
    ASSERT_TRUE(eventually(long_enough, [&] { return at_balancer("s1", "by_hand"); }));
    // Checks go on meanwhile, and none of them says `ready`.
    const auto checks = [&] {
        const std::string text = agent.api().get("/metrics").body;
        const auto at = text.find("lbdrain_agent_checks_total{result=\"answered\"} ");
        return at == std::string::npos ? 0 : std::stoi(text.substr(text.find(' ', at)));
    };
    const int before = checks();
    ASSERT_TRUE(eventually(long_enough, [&] { return checks() > before + 6; }));
    EXPECT_EQ(admin("s1"), drain_bit);
    // It is no capacity either.
    EXPECT_EQ(code_of(agent.command("be", "s2", "drain")), "last_ready_server");
    // Neither a drain of ours nor its end puts it back; a forced `ready` does.
    ASSERT_EQ(agent.command("be", "s1", "drain").status, 200);
    ASSERT_EQ(agent.command("be", "s1", "ready").status, 200);
    EXPECT_NE(admin("s1"), 0);
    ASSERT_EQ(agent.command("be", "s1", "ready", R"({"force":true,"reason":"done"})").status, 200);
    EXPECT_TRUE(wait_for_admin("s1", 0)) << agent.log();
}

TEST_F(Drains, AHaproxyThatIsGoneIsARefusal) {
    haproxy.stop();
    ASSERT_TRUE(agent.wait_for_log("edge: cannot be read"));
    EXPECT_EQ(code_of(agent.command("be", "s1", "drain")), "balancer_unreachable");
    EXPECT_EQ(agent.state("be", "s1"), "ready");
    ASSERT_TRUE(haproxy.start());
    ASSERT_TRUE(agent.wait_for_log("edge: can be read again"));
    EXPECT_EQ(agent.command("be", "s1", "drain").status, 200);
}

TEST_F(Drains, AReloadedHaproxyBeginsWithTheDrain) {
    ASSERT_EQ(agent.command("be", "s1", "drain").status, 200);
    const auto before = replicas[0].counts().started;
    ASSERT_TRUE(haproxy.reload());
    EXPECT_EQ(admin("s1"), maint_bit);
    const HttpClient client(Endpoint::tcp(port));
    for (int i = 0; i < 20; ++i) {
        EXPECT_EQ(client.get("/").status, 200);
    }
    EXPECT_EQ(replicas[0].counts().started, before);
}

}  // namespace
}  // namespace lbdrain::test
