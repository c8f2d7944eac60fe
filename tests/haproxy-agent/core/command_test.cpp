// What a command is answered with, what it has to be waited for, and what forbids it.
#include "agent_world.hpp"

namespace lbdrain::agent::test {
namespace {

using enum ServerState;

TEST(Command, NamesWhatIsNotThere) {
    AgentWorld w;
    EXPECT_EQ(w.refusal(Action::drain, "other/a"), ProblemCode::unknown_service);
    EXPECT_EQ(w.refusal(Action::drain, "llm/z"), ProblemCode::unknown_server);
}

TEST(Command, JoinsWhatRunsAlready) {
    AgentWorld w;
    w.at().in_flight = 1;
    const auto first = w.command(Action::drain);
    const auto again = w.command(Action::drain);
    ASSERT_TRUE(first && again);
    EXPECT_EQ(again->how, Accepted::joined);
    EXPECT_EQ(again->id, first->id);
    const auto further = w.command(Action::restart);
    ASSERT_TRUE(further);
    EXPECT_EQ(further->how, Accepted::extended);
    EXPECT_EQ(further->id, first->id);
    EXPECT_EQ(w.sequence().goal, Goal::restarted);
    EXPECT_EQ(w.refusal(Action::drain), ProblemCode::sequence_running);
}

TEST(Command, ThereAlreadyIsNothingToWaitFor) {
    AgentWorld w;
    const auto ready_already = w.command(Action::ready);
    ASSERT_TRUE(ready_already);
    EXPECT_EQ(ready_already->how, Accepted::already);
    EXPECT_EQ(ready_already->id, 0U);
    ASSERT_TRUE(w.command(Action::drain));
    w.reach(drained);
    const auto drained_already = w.command(Action::drain);
    ASSERT_TRUE(drained_already);
    EXPECT_EQ(drained_already->id, 0U);
    EXPECT_EQ(w.outside.disk.size(), 1U);
}

TEST(Command, DownIsOverAtOnceAndCanBeWaitedFor) {
    AgentWorld w;
    const auto taken = w.command(Action::down);
    ASSERT_TRUE(taken);
    EXPECT_EQ(w.state(), down);
    EXPECT_EQ(taken->id, w.sequence().last.id);
    EXPECT_EQ(w.wanted().rotation, Rotation::maint);
}

TEST(Command, TakesTheRequestsPolicy) {
    AgentWorld w;
    api::CommandRequest request;
    request.timeout_ms = 7'000;
    request.settle_ms = 300;
    request.on_timeout = OnTimeout::wait;
    request.by = "anna";
    request.reason = "new weights";
    ASSERT_TRUE(w.command(Action::restart, "llm/a", request));
    const Policy& policy = w.sequence().policy;
    EXPECT_EQ(policy.drain_timeout, 7'000);
    EXPECT_EQ(policy.settle, 300);
    EXPECT_EQ(policy.on_timeout, OnTimeout::wait);
    EXPECT_EQ(policy.stop_timeout, 20'000);
    EXPECT_EQ(policy.start_timeout, 30'000);
    EXPECT_EQ(policy.ready_timeout, 40'000);
    EXPECT_TRUE(policy.confirm);
    EXPECT_EQ(w.sequence().by.view(), "anna");
    w.reach(stopping);
    EXPECT_EQ(w.outside.runs.back().task.reason, "new weights");
    EXPECT_EQ(w.outside.runs.back().task.by, "anna");
}

TEST(Command, NeverUsesAnIdTwice) {
    AgentWorld w;
    std::uint64_t last = 0;
    for (int i = 0; i < 3; ++i) {
        const auto taken = w.command(Action::drain);
        ASSERT_TRUE(taken);
        EXPECT_GT(taken->id, last);
        last = taken->id;
        ASSERT_TRUE(w.command(Action::ready));
        w.reach(ready);
        w.restart_agent();
        w.pass(100);
    }
}

TEST(Guard, TheLastReadyServerStays) {
    AgentWorld w;
    w.at(0, "llm/b").healthy = false;
    w.pass(100);
    for (const Action action : {Action::drain, Action::stop, Action::restart, Action::down}) {
        EXPECT_EQ(w.refusal(action), ProblemCode::last_ready_server);
    }
    EXPECT_EQ(w.wanted(), Wanted{});
    EXPECT_TRUE(w.outside.disk.empty()) << "a refused command changes nothing";
    ASSERT_TRUE(w.command(Action::drain, "llm/a", forced()));
}

TEST(Guard, OneThatGetsNoTrafficIsNoLoss) {
    AgentWorld w;
    w.at(0, "llm/b").healthy = false;
    w.pass(100);
    EXPECT_TRUE(w.command(Action::drain, "llm/b"));
}

TEST(Guard, WhatIsUpAnywhereIsALoss) {
    AgentWorld w(one_service(2, {"edge-1", "edge-2"}));
    w.at(0, "llm/a").healthy = false;
    w.at(1, "llm/b").healthy = false;
    w.pass(100);
    EXPECT_EQ(w.refusal(Action::drain), ProblemCode::last_ready_server)
        << "edge-2 has nothing else";
}

TEST(Guard, KeepsMinReady) {
    AgentConfig config = one_service(3);
    config.services[0].min_ready = 2;
    AgentWorld w(std::move(config));
    ASSERT_TRUE(w.command(Action::drain));
    EXPECT_EQ(w.refusal(Action::drain, "llm/b"), ProblemCode::min_ready);
    ASSERT_TRUE(w.command(Action::ready));
    w.pass(100);
    EXPECT_TRUE(w.command(Action::drain, "llm/b"));
}

TEST(Guard, AServerOnItsWayBackCountsOnceItIsSeenUp) {
    AgentWorld w;
    ASSERT_TRUE(w.command(Action::drain));
    w.reach(drained);
    ASSERT_TRUE(w.command(Action::ready));
    EXPECT_EQ(w.refusal(Action::drain, "llm/b"), ProblemCode::last_ready_server);
    w.pass(100);
    EXPECT_TRUE(w.command(Action::drain, "llm/b"));
}

// Each step of the ramp is a new wish; the server is in traffic all the same.
TEST(Guard, AServerInSlowStartCountsAndIsGuarded) {
    AgentConfig config = one_service();
    config.services[0].policy.slow_start = 60'000;
    AgentWorld w(std::move(config));
    ASSERT_TRUE(w.command(Action::drain));
    w.reach(drained);
    ASSERT_TRUE(w.command(Action::ready));
    w.pass(30'000);
    ASSERT_EQ(w.state(), warming);
    w.now += 1'000;
    w.drains->tick(w.now);  // a step that no balancer has shown yet
    EXPECT_TRUE(w.command(Action::drain, "llm/b"));
    EXPECT_EQ(w.refusal(Action::drain, "llm/a"), ProblemCode::last_ready_server);
}

TEST(Guard, WhatCannotBeCountedIsNotDrained) {
    AgentWorld w(one_service(2, {"edge-1", "edge-2"}));
    w.balancers[1].reachable = false;
    w.pass(100);
    EXPECT_EQ(w.refusal(Action::drain), ProblemCode::balancer_unreachable);
    w.balancers[1].reachable = true;
    w.at(1).known = false;
    w.pass(100);
    EXPECT_EQ(w.refusal(Action::drain), ProblemCode::unknown_server);
    EXPECT_TRUE(w.outside.disk.empty());
}

// Nothing is counted on the way back.
TEST(Guard, WhatIsStoppedIsRestartedThoughABalancerIsSilent) {
    AgentWorld w(one_service(2, {"edge-1", "edge-2"}));
    w.hooks_work();
    ASSERT_TRUE(w.command(Action::stop));
    w.reach(stopped);
    w.balancers[1].reachable = false;
    w.pass(100);
    EXPECT_TRUE(w.command(Action::restart));
}

TEST(Guard, NothingIsTakenOutBeforeTheFirstLook) {
    AgentWorld w;
    w.restart_agent();
    EXPECT_EQ(w.refusal(Action::drain), ProblemCode::balancer_unreachable);
    EXPECT_EQ(w.refusal(Action::down), ProblemCode::last_ready_server);
}

TEST(Guard, AStopNeedsAStopHook) {
    AgentConfig config = one_service();
    config.services[0].servers[0].stop.reset();
    AgentWorld w(std::move(config));
    EXPECT_EQ(w.refusal(Action::stop), ProblemCode::bad_request);
    EXPECT_EQ(w.refusal(Action::restart, "llm/a", forced()), ProblemCode::bad_request);
    EXPECT_TRUE(w.command(Action::drain));
}

TEST(Guard, AForcedDrainWithoutABalancerEndsAtItsDeadline) {
    AgentWorld w(one_service(2, {"edge-1", "edge-2"}));
    w.balancers[1].reachable = false;
    w.pass(100);
    ASSERT_TRUE(w.command(Action::drain, "llm/a", forced()));
    w.pass(drain_timeout + 10'000);
    EXPECT_EQ(w.state(), ready);
    EXPECT_EQ(w.sequence().last.outcome, Outcome::drain_timeout);
}

}  // namespace
}  // namespace lbdrain::agent::test
