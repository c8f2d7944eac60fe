// Readmission: said until it was seen to hold, and never against an operator's own drain.
#include "agent_world.hpp"

namespace lbdrain::agent::test {
namespace {

using enum ServerState;
using Word = agent_check::Answer::AdminWord;

struct DrainedWorld : AgentWorld {
    explicit DrainedWorld(AgentConfig from = one_service()) : AgentWorld(std::move(from)) {
        EXPECT_TRUE(command(Action::drain));
        reach(drained);
    }
};

TEST(WayBack, IsSaidUntilItWasSeenToHold) {
    DrainedWorld w;
    const auto taken = w.command(Action::ready);
    ASSERT_TRUE(taken);
    EXPECT_EQ(w.state(), warming) << "put back is not yet back";
    EXPECT_EQ(w.wanted().rotation, Rotation::readmit);
    EXPECT_EQ(w.answer().admin, Word::ready);
    w.pass(100);
    EXPECT_EQ(w.state(), ready);
    EXPECT_EQ(w.sequence().last.id, taken->id);
    EXPECT_EQ(w.sequence().last.outcome, Outcome::reached);
    w.pass(readmit_hold - 200);
    EXPECT_EQ(w.wanted().rotation, Rotation::readmit);
    EXPECT_EQ(w.answer().admin, Word::ready);
    w.pass(300);
    EXPECT_EQ(w.wanted().rotation, Rotation::keep);
    EXPECT_EQ(w.answer().admin, Word::none);
    EXPECT_TRUE(w.outside.disk.at({"llm", "a"}).readmit.empty());
}

// HAProxy may act on an answer that it got before: seen in, then out again, then in for good.
TEST(WayBack, AStaleAnswerIsPutRight) {
    DrainedWorld w;
    ASSERT_TRUE(w.command(Action::ready));
    w.pass(readmit_hold - 500);
    w.at().admin = Admin::maint;
    w.pass(100);
    EXPECT_TRUE(w.serves());
    w.pass(readmit_hold + 300);
    EXPECT_TRUE(w.serves());
    EXPECT_EQ(w.wanted().rotation, Rotation::keep);
}

TEST(WayBack, WaitsForEveryBalancerToShowItUp) {
    DrainedWorld w(one_service(2, {"edge-1", "edge-2"}));
    w.at(1).healthy = false;
    ASSERT_TRUE(w.command(Action::ready));
    w.pass(10'000);
    EXPECT_EQ(w.state(), warming);
    w.at(1).healthy = true;
    w.pass(100);
    EXPECT_EQ(w.state(), ready);
}

TEST(WayBack, GivesUpWaitingButNeverTheReadmission) {
    DrainedWorld w(one_service(2, {"edge-1", "edge-2"}));
    w.balancers[1].reachable = false;
    ASSERT_TRUE(w.command(Action::ready));
    w.pass(41'000);
    EXPECT_EQ(w.state(), ready);
    EXPECT_EQ(w.sequence().last.outcome, Outcome::not_ready);
    w.pass(600'000, 1'000);
    EXPECT_EQ(w.wanted(1).rotation, Rotation::readmit);
    EXPECT_EQ(w.wanted(0).rotation, Rotation::keep);
    w.balancers[1].reachable = true;
    w.pass(readmit_hold + 500);
    EXPECT_TRUE(w.serves());
    EXPECT_EQ(w.wanted(1).rotation, Rotation::keep);
}

TEST(ByHand, ADrainFromBeforeIsNotUndone) {
    AgentWorld w(one_service(3, {"edge-1", "edge-2"}));
    w.at(1).admin = Admin::drain;
    w.pass(100);
    ASSERT_TRUE(w.command(Action::drain));
    w.reach(drained);
    ASSERT_TRUE(w.command(Action::ready));
    w.pass(10'000);
    EXPECT_EQ(w.state(), ready);
    EXPECT_EQ(w.sequence().last.outcome, Outcome::reached);
    EXPECT_EQ(w.at(0).admin, Admin::ready);
    EXPECT_NE(w.at(1).admin, Admin::ready) << "an operator took it out there";
    EXPECT_EQ(w.answer().admin, Word::none);
    w.restart_agent();
    w.pass(10'000);
    EXPECT_NE(w.at(1).admin, Admin::ready);

    w.at(1).admin = Admin::ready;  // the operator puts it back: from now on it is ours again
    w.pass(100);
    EXPECT_TRUE(w.server().record.by_hand.empty());
    ASSERT_TRUE(w.command(Action::drain));
    w.reach(drained);
    ASSERT_TRUE(w.command(Action::ready));
    w.reach(ready);
    EXPECT_TRUE(w.serves());
}

TEST(ByHand, ADrainAfterwardsIsNotUndone) {
    DrainedWorld w;
    ASSERT_TRUE(w.command(Action::ready));
    w.pass(readmit_hold + 500);
    w.at().admin = Admin::drain;
    w.pass(60'000, 1'000);
    EXPECT_EQ(w.at().admin, Admin::drain);
    EXPECT_EQ(w.answer().admin, Word::none);
    w.restart_agent();
    w.pass(10'000);
    EXPECT_EQ(w.at().admin, Admin::drain);
}

TEST(ByHand, DoesNotStopTheWordReadyWhereTheAgentOwnsTheState) {
    AgentConfig config = one_service();
    config.services[0].ready_word = ReadyWord::always;
    AgentWorld w(std::move(config));
    EXPECT_EQ(w.answer().admin, Word::ready);
    w.at().admin = Admin::drain;
    w.pass(10'000);
    EXPECT_EQ(w.answer().admin, Word::ready);
    ASSERT_TRUE(w.command(Action::down));
    EXPECT_EQ(w.answer().admin, Word::maint);
}

// The ramp is no reason to go on saying `ready` over an operator's head.
TEST(SlowStart, DoesNotProlongTheReadmission) {
    AgentConfig config = one_service();
    config.services[0].policy.slow_start = 60'000;
    config.services[0].weight = true;
    DrainedWorld w(std::move(config));
    ASSERT_TRUE(w.command(Action::ready));
    EXPECT_EQ(w.wanted().weight_percent, 1U);
    EXPECT_EQ(w.answer().weight_percent, 1U);
    w.pass(readmit_hold + 1'000);
    EXPECT_EQ(w.wanted().rotation, Rotation::keep);
    EXPECT_EQ(w.answer().admin, Word::none);
    w.pass(30'000 - readmit_hold - 1'000);
    EXPECT_EQ(w.wanted().weight_percent, 50U);
    EXPECT_EQ(w.answer().weight_percent, 50U);
    EXPECT_EQ(w.state(), warming);
    w.pass(30'100);
    EXPECT_EQ(w.state(), ready);
    EXPECT_EQ(w.wanted().weight_percent, 100U);
    EXPECT_EQ(w.answer().weight_percent, 100U);
}

TEST(Answers, SayNothingOfAServerThatNobodyTouched) {
    AgentWorld w;
    EXPECT_EQ(w.answer(), agent_check::Answer{});
    EXPECT_EQ(w.wanted(), Wanted{});
    w.at().admin = Admin::drain;
    w.pass(10'000);
    EXPECT_EQ(w.answer(), agent_check::Answer{});
    EXPECT_EQ(w.at().admin, Admin::drain);
}

TEST(Answers, AreTheTruthFromTheFirstCheckOn) {
    DrainedWorld w;
    w.restart_agent();
    EXPECT_EQ(w.answer().admin, Word::maint);
    EXPECT_EQ(w.answer("llm/b").admin, Word::none);
    EXPECT_EQ(w.wanted().rotation, Rotation::maint);
}

TEST(ResponderOnly, SaysReadyForAWhileThenNothing) {
    AgentConfig config = one_service();
    config.services[0].balancers.clear();
    AgentWorld w(std::move(config));
    EXPECT_EQ(w.refusal(Action::drain), ProblemCode::balancer_unreachable) << "nobody counts";
    EXPECT_EQ(w.refusal(Action::restart, "llm/a", forced()), ProblemCode::balancer_unreachable);
    ASSERT_TRUE(w.command(Action::down));
    EXPECT_EQ(w.answer().admin, Word::maint);
    EXPECT_EQ(w.refusal(Action::down, "llm/b"), ProblemCode::last_ready_server);
    w.restart_agent();
    EXPECT_EQ(w.answer().admin, Word::maint);
    api::CommandRequest request;
    request.check = false;
    const auto taken = w.command(Action::ready, "llm/a", request);
    ASSERT_TRUE(taken);
    EXPECT_EQ(w.state(), ready) << "nothing could confirm it";
    EXPECT_EQ(taken->id, w.sequence().last.id) << "it can be waited for all the same";
    EXPECT_EQ(w.answer().admin, Word::ready);
    w.pass(59'000);
    EXPECT_EQ(w.answer().admin, Word::ready);
    w.pass(2'000);
    EXPECT_EQ(w.answer().admin, Word::none);
}

}  // namespace
}  // namespace lbdrain::agent::test
