// How a zero comes to be believed: rounds of real looks, on every balancer, held for `settle`.
#include "agent_world.hpp"

namespace lbdrain::agent::test {
namespace {

using enum ServerState;

TEST(Drain, WaitsForTheLastRequest) {
    AgentWorld w;
    w.at().in_flight = 2;
    const auto taken = w.command(Action::drain);
    ASSERT_TRUE(taken);
    EXPECT_EQ(taken->how, Accepted::started);
    EXPECT_EQ(taken->id, w.sequence().id);
    EXPECT_EQ(w.wanted().rotation, Rotation::drain) << "told at once";
    EXPECT_EQ(w.answer().admin, agent_check::Answer::AdminWord::drain);
    w.pass(5'000);
    EXPECT_EQ(w.state(), draining);
    w.at().in_flight = 0;
    w.at().queued = 1;
    w.pass(1'000);
    EXPECT_EQ(w.state(), draining) << "queued for it counts";
    w.at().queued = 0;
    w.reach(drained, "llm/a", 2'000);
    EXPECT_EQ(w.sequence().last.outcome, Outcome::reached);
    EXPECT_EQ(w.sequence().last.id, taken->id);
    EXPECT_EQ(w.wanted().rotation, Rotation::maint);
    EXPECT_EQ(w.answer().admin, agent_check::Answer::AdminWord::maint);
    EXPECT_TRUE(w.outside.runs.empty());
}

// DRAIN lets requests with a cookie through: a zero counts in MAINT only.
TEST(Drain, AZeroInDrainLeadsToMaintFirst) {
    AgentWorld w;
    ASSERT_TRUE(w.command(Action::drain));
    w.now += 100;
    w.look();
    EXPECT_EQ(w.wanted().rotation, Rotation::maint);
    EXPECT_EQ(w.answer().admin, agent_check::Answer::AdminWord::maint);
    EXPECT_EQ(w.state(), draining);
    EXPECT_EQ(w.sequence().zero_since, -1);
    w.now += 5'000;
    w.look();
    EXPECT_EQ(w.state(), draining) << "settle begins here";
    w.now += settle;
    w.look();
    EXPECT_EQ(w.state(), drained);
}

TEST(Drain, StickyRequestsHaveTheirGraceThenMaint) {
    AgentWorld w;
    w.at().in_flight = 1;
    ASSERT_TRUE(w.command(Action::drain));
    w.pass(sticky_grace - 100);
    EXPECT_EQ(w.wanted().rotation, Rotation::drain);
    w.pass(200);
    EXPECT_EQ(w.wanted().rotation, Rotation::maint);
    EXPECT_EQ(w.answer().admin, agent_check::Answer::AdminWord::maint);
    EXPECT_EQ(w.state(), draining);
}

TEST(Drain, OneRequestMoreBeginsTheZeroAnew) {
    AgentWorld w;
    ASSERT_TRUE(w.command(Action::drain));
    w.pass(settle);  // one look less than it takes
    EXPECT_EQ(w.state(), draining);
    w.at().in_flight = 1;
    w.pass(100);
    w.at().in_flight = 0;
    w.pass(settle);
    EXPECT_EQ(w.state(), draining);
    w.pass(200);
    EXPECT_EQ(w.state(), drained);
}

TEST(Drain, AnOldWorkerThatStillRoutesHoldsItUp) {
    AgentWorld w;
    w.at().old_routes = true;
    ASSERT_TRUE(w.command(Action::drain));
    w.pass(30'000);
    EXPECT_EQ(w.state(), draining);
    const auto view = w.drains->view(w.server(), w.now, w.now);
    EXPECT_THAT(view.waiting_for, testing::HasSubstr("worker 4711"));
    w.at().old_routes = false;
    w.reach(drained, "llm/a", 1'500);
}

TEST(Drain, AWorkerThatCannotBeReadHoldsItUp) {
    AgentWorld w;
    w.at().readable = false;
    ASSERT_TRUE(w.command(Action::drain));
    w.pass(30'000);
    EXPECT_EQ(w.state(), draining);
    w.at().readable = true;
    w.reach(drained, "llm/a", 1'500);
}

TEST(Drain, EveryBalancerHasToShowIt) {
    AgentWorld w(one_service(2, {"edge-1", "edge-2"}));
    w.at(1).in_flight = 1;
    ASSERT_TRUE(w.command(Action::drain));
    w.pass(5'000);
    EXPECT_EQ(w.state(), draining);
    w.at(1).in_flight = 0;
    w.balancers[0].reachable = false;
    w.pass(5'000);
    EXPECT_EQ(w.state(), draining);
    w.balancers[0].reachable = true;
    w.reach(drained, "llm/a", 1'500);
}

TEST(Drain, ABalancerThatHangsNeverStandsForAZero) {
    AgentWorld w(one_service(2, {"edge-1", "edge-2"}));
    ASSERT_TRUE(w.command(Action::drain));
    w.pass(300);
    ASSERT_EQ(w.wanted().rotation, Rotation::maint) << "both showed a zero";
    w.hung[1] = true;
    w.pass(30'000);
    EXPECT_EQ(w.state(), draining) << "looks at edge-1 alone are no rounds";
    w.hung[1] = false;
    w.pass(100);
    w.reach(drained, "llm/a", 1'500);
}

// What was asked for with the former wish says nothing about this one.
TEST(Drain, ALookWithAnOlderWishDoesNotCount) {
    AgentWorld w;
    w.pass(100);
    const auto before = w.drains->wanted(0);
    ASSERT_TRUE(w.command(Action::drain));
    for (int i = 0; i < 5; ++i) {
        w.now += settle;
        Snapshot seen = w.balancers[0].poll(before, w.now);
        seen.servers[0].out = true;
        w.drains->seen(0, seen, w.now);
    }
    EXPECT_EQ(w.state(), draining);
    EXPECT_EQ(w.wanted().rotation, Rotation::drain);
}

// A look that was under way for long saw nothing of its last moments.
TEST(Drain, SettleLiesBetweenTwoLooks) {
    AgentWorld w;
    ASSERT_TRUE(w.command(Action::drain));
    w.look(0, 10);
    ASSERT_EQ(w.wanted().rotation, Rotation::maint);
    w.look(0, 4'000);
    ASSERT_EQ(w.state(), draining);
    w.look(0, 4'000);
    EXPECT_EQ(w.state(), draining) << "it began when the one before ended: nothing lies between";
    w.now += settle;
    w.look(0, 10);
    EXPECT_EQ(w.state(), drained);
}

// A slow balancer must not lend its time to a quick one, whose own two looks are close together.
TEST(Drain, SettleLiesBetweenTwoLooksAtEachBalancer) {
    AgentWorld w(one_service(2, {"slow", "quick"}));
    ASSERT_TRUE(w.command(Action::drain));
    w.look(0);
    w.look(1);
    ASSERT_EQ(w.wanted().rotation, Rotation::maint);
    const Millis begun = w.now;
    const Snapshot slow = w.balancers[0].poll(w.drains->wanted(0), begun);
    w.now = begun + 4'900;
    w.look(1);
    w.now = begun + 5'000;
    w.drains->seen(0, slow, w.now);  // a zero that was seen begins
    ASSERT_EQ(w.state(), draining);
    w.look(0, 10);
    w.look(1, 10);
    EXPECT_EQ(w.state(), draining) << "quick was looked at twice within 200 ms";
    w.now += settle;
    w.look(0);
    w.look(1);
    EXPECT_EQ(w.state(), drained);
}

// One balancer is looked at many times while another takes long: none of those looks is lost.
TEST(Drain, ALookBetweenTwoRoundsBreaksTheZeroToo) {
    AgentWorld w(one_service(2, {"edge-1", "edge-2"}));
    ASSERT_TRUE(w.command(Action::drain));
    for (int i = 0; i < 2; ++i) {
        w.look(0);
        w.look(1);
    }
    ASSERT_NE(w.sequence().zero_since, -1);
    w.now += settle / 2;
    w.at(0).in_flight = 1;
    w.look(0);
    w.at(0).in_flight = 0;
    w.now += settle / 2;
    w.look(0);
    w.look(1);
    EXPECT_EQ(w.state(), draining);
    w.now += settle;
    w.look(0);
    w.look(1);
    EXPECT_EQ(w.state(), drained);
}

TEST(Drain, EachLookCountsOnce) {
    AgentWorld w(one_service(2, {"edge-1", "edge-2"}));
    ASSERT_TRUE(w.command(Action::drain));
    w.look(0);
    w.look(1);
    w.look(0);
    w.look(1);
    ASSERT_NE(w.sequence().zero_since, -1);
    w.now += settle;
    w.look(0);
    EXPECT_EQ(w.state(), draining) << "edge-2 was not looked at since";
    w.look(0);
    w.look(0);
    EXPECT_EQ(w.state(), draining);
    w.look(1);
    EXPECT_EQ(w.state(), drained);
}

// Hours may lie between; and the server must not get a request with a cookie on the way.
TEST(Drain, AStopAfterADrainWantsAZeroThatIsSeenNow) {
    AgentWorld w;
    ASSERT_TRUE(w.command(Action::drain));
    w.reach(drained);
    ASSERT_TRUE(w.command(Action::stop));
    EXPECT_EQ(w.state(), draining);
    EXPECT_EQ(w.wanted().rotation, Rotation::maint) << "nothing is let in again";
    EXPECT_EQ(w.answer().admin, agent_check::Answer::AdminWord::maint);
    w.at().in_flight = 1;
    w.pass(5'000);
    EXPECT_TRUE(w.outside.runs.empty());
    w.at().in_flight = 0;
    w.reach(stopping, "llm/a", 2'000);
    EXPECT_EQ(w.outside.runs.size(), 1U);
}

TEST(Drain, KilledOnTheWayToTheStopItLetsNothingInAgain) {
    AgentWorld w;
    ASSERT_TRUE(w.command(Action::drain));
    w.reach(drained);
    ASSERT_TRUE(w.command(Action::stop));
    w.restart_agent();
    EXPECT_EQ(w.wanted().rotation, Rotation::maint);
}

}  // namespace
}  // namespace lbdrain::agent::test
