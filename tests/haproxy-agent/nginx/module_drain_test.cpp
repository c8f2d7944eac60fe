// Out, counted, and in again, through whatever happens to nginx meanwhile.
#include "module_fixture.hpp"

namespace lbdrain::agent {
namespace {

using test::DrainNginx;
using testing::HasSubstr;

TEST(NginxBalancerDrain, KeepSeesAndSetsNothing) {
    DrainNginx it;
    ASSERT_TRUE(it.start());
    AgentOfNginx agent(it);
    const Snapshot snapshot = agent.poll();
    ASSERT_TRUE(snapshot.reachable) << snapshot.error;
    EXPECT_THAT(snapshot.version, testing::StartsWith("nginx/"));
    EXPECT_EQ(snapshot.workers, 2U);
    EXPECT_TRUE(snapshot.warnings.empty());
    ASSERT_EQ(snapshot.servers.size(), 2U);
    for (const Seen& seen : snapshot.servers) {
        EXPECT_TRUE(seen.known && seen.complete && seen.in && seen.up);
        EXPECT_FALSE(seen.out || seen.by_hand);
        EXPECT_EQ(seen.weight, 1U);
        EXPECT_EQ(seen.obstacle, "");
    }
    EXPECT_EQ(it.state(0), "ready");
    it.nginx().expect_clean_log();
}

TEST(NginxBalancerDrain, OutAtOnceAndInAgain) {
    DrainNginx it;
    ASSERT_TRUE(it.start());
    AgentOfNginx agent(it);
    const Seen out = agent.look(0, Rotation::drain);
    EXPECT_TRUE(out.out && out.complete);
    EXPECT_FALSE(out.in || out.by_hand);
    EXPECT_EQ(out.revision, 1U);
    EXPECT_EQ(reached(it, "r0"), 0);
    EXPECT_TRUE(it.wait_for_state(0, "drained"));
    EXPECT_TRUE(agent.look(0, Rotation::maint).out);
    EXPECT_EQ(it.state(0), "drained");

    const Seen in = agent.look(0, Rotation::readmit);
    EXPECT_TRUE(in.in && in.up);
    EXPECT_FALSE(in.out || in.by_hand);
    EXPECT_GT(reached(it, "r0"), 0);
    EXPECT_TRUE(agent.look(0, Rotation::keep).in);
    it.nginx().expect_clean_log();
}

TEST(NginxBalancerDrain, TheLastOneToo) {
    DrainNginx it;
    ASSERT_TRUE(it.start());
    AgentOfNginx agent(it);
    EXPECT_TRUE(agent.look(0, Rotation::drain).out);
    EXPECT_TRUE(agent.look(1, Rotation::drain).out) << "the guard is the agent's";
    EXPECT_TRUE(agent.look(1, Rotation::readmit).in);
}

TEST(NginxBalancerDrain, WhatIsInFlightIsCountedToItsEnd) {
    DrainNginx it;
    ASSERT_TRUE(it.start());
    AgentOfNginx agent(it);
    OneHeld held(it);
    const Seen out = agent.look(0, Rotation::drain);
    EXPECT_TRUE(out.out && out.complete);
    EXPECT_EQ(out.in_flight, 1U);
    EXPECT_EQ(agent.look(0, Rotation::maint).in_flight, 1U);
    held.release();
    EXPECT_TRUE(agent.wait_for_zero(0));
    it.nginx().expect_clean_log();
}

TEST(NginxBalancerDrain, StaysOutAndCountedThroughReloadAndUpgrade) {
    DrainNginx it;
    ASSERT_TRUE(it.start());
    AgentOfNginx agent(it);
    OneHeld held(it);
    ASSERT_EQ(agent.look(0, Rotation::drain).in_flight, 1U);
    ASSERT_TRUE(it.nginx().reload());
    Seen seen = agent.look(0);
    EXPECT_TRUE(seen.out && seen.complete);
    EXPECT_EQ(seen.in_flight, 1U);
    EXPECT_EQ(reached(it, "r0"), 0);
    ASSERT_TRUE(it.nginx().binary_upgrade());
    seen = agent.look(0);
    EXPECT_TRUE(seen.out && seen.complete);
    EXPECT_EQ(seen.in_flight, 1U);
    EXPECT_EQ(reached(it, "r0"), 0);
    held.release();
    EXPECT_TRUE(agent.wait_for_zero(0));
    EXPECT_TRUE(agent.look(0, Rotation::readmit).in);
    it.nginx().expect_clean_log();
}

TEST(NginxBalancerDrain, OutAgainWhenNginxForgot) {
    DrainNginx it;
    ASSERT_TRUE(it.start());
    AgentOfNginx agent(it);
    ASSERT_TRUE(agent.look(0, Rotation::drain).out);
    ASSERT_TRUE(test::has_status(it.ready(0), 200));  // by whomever
    EXPECT_TRUE(agent.look(0).out);
    EXPECT_EQ(reached(it, "r0"), 0);
}

TEST(NginxBalancerDrain, AWorkerThatIsNotCountedIsNoZero) {
    DrainNginx it({.workers = 3, .state = "drain_state state/state slots=2;"});
    ASSERT_TRUE(it.start());
    ASSERT_TRUE(it.nginx().wait_for_log("no free slot for this worker"));
    AgentOfNginx agent(it);
    const Seen out = agent.look(0, Rotation::drain);
    EXPECT_TRUE(out.out);
    EXPECT_FALSE(out.complete);
    EXPECT_THAT(out.obstacle, HasSubstr("cannot be counted"));
}

TEST(NginxBalancerDrain, OneOfTwoUpstreams) {
    DrainNginx it;
    const std::string two = "drain_settle 0; upstream other { server " + it.address(0) +
                            "; server " + it.address(1) + "; }";
    it.configure({.http = two});
    ASSERT_TRUE(it.start());
    AgentOfNginx agent(it, {{"up", "a", it.address(0)}, {"other", "b", it.address(1)}});
    const Seen out = agent.look(0, Rotation::drain);
    EXPECT_TRUE(out.out);
    const Snapshot snapshot = agent.poll();
    EXPECT_TRUE(snapshot.servers.at(1).in);
    EXPECT_EQ(test::text_of(it.server(it.address(0), "other"), "state"), "ready");
    EXPECT_THAT(snapshot.warnings, testing::UnorderedElementsAre(
                                       HasSubstr("\"other\" sends requests to " + it.address(0)),
                                       HasSubstr("\"up\" sends requests to " + it.address(1))));
}

}  // namespace
}  // namespace lbdrain::agent
