// The drain's deadline: with rounds, and when a balancer that hangs keeps rounds from coming.
#include "agent_world.hpp"

namespace lbdrain::agent::test {
namespace {

using enum ServerState;

struct AtTheDeadline : AgentWorld {
    AtTheDeadline(const api::CommandRequest& request, Action action, bool hangs) {
        at().in_flight = 3;
        EXPECT_TRUE(command(action, "llm/a", request));
        pass(drain_timeout - 1'000);
        EXPECT_EQ(state(), draining);
        hung[0] = hangs;
        pass(7'000);
    }
};

class Deadline : public testing::TestWithParam<bool> {};

TEST_P(Deadline, PutsBackByDefault) {
    AtTheDeadline w({}, Action::restart, GetParam());
    EXPECT_EQ(w.state(), ready);
    EXPECT_EQ(w.sequence().last.outcome, Outcome::drain_timeout);
    EXPECT_EQ(w.sequence().last.left, 3U);
    EXPECT_TRUE(w.outside.runs.empty());
    w.hung[0] = false;
    w.pass(readmit_hold + 500);
    EXPECT_TRUE(w.serves());
    EXPECT_TRUE(w.server().record.readmit.empty());
}

TEST_P(Deadline, StopGoesOnAndSaysWhatWasCut) {
    AtTheDeadline w(on_timeout(OnTimeout::stop), Action::stop, GetParam());
    EXPECT_EQ(w.state(), stopping);
    EXPECT_EQ(w.sequence().cut, 3U);
    EXPECT_EQ(w.outside.runs.size(), 1U);
}

TEST_P(Deadline, APlainDrainIsPutBackWhateverElseWasAsked) {
    AtTheDeadline w(on_timeout(OnTimeout::stop), Action::drain, GetParam());
    EXPECT_EQ(w.state(), ready);
    EXPECT_TRUE(w.outside.runs.empty());
}

TEST_P(Deadline, WaitGoesOnAndSaysSo) {
    AtTheDeadline w(on_timeout(OnTimeout::wait), Action::drain, GetParam());
    EXPECT_EQ(w.state(), draining);
    EXPECT_TRUE(w.sequence().overdue);
    w.hung[0] = false;
    w.at().in_flight = 0;
    w.reach(drained, "llm/a", 2'000);
}

INSTANTIATE_TEST_SUITE_P(RoundsOrNot, Deadline, testing::Bool(), [](const auto& param) {
    return std::string(param.param ? "BalancerHangs" : "BalancerAnswers");
});

// Zero that is being held at the deadline comes to its end: nothing would be won by giving up.
TEST(DeadlineOfAZero, IsNoDeadline) {
    AgentConfig config = one_service();
    config.services[0].policy.settle = 5'000;
    AgentWorld w(std::move(config));
    w.at().in_flight = 1;
    ASSERT_TRUE(w.command(Action::drain));
    w.pass(drain_timeout - 500);
    w.at().in_flight = 0;
    w.pass(5'000);
    EXPECT_EQ(w.state(), draining);
    w.pass(1'000);
    EXPECT_EQ(w.state(), drained);
}

TEST(DeadlineOfAZero, PassesWhenTheBalancerHangsMeanwhile) {
    AgentConfig config = one_service();
    config.services[0].policy.settle = 5'000;
    AgentWorld w(std::move(config));
    w.at().in_flight = 1;
    ASSERT_TRUE(w.command(Action::restart, "llm/a", on_timeout(OnTimeout::readmit)));
    w.pass(drain_timeout - 500);
    w.at().in_flight = 0;
    w.pass(1'000);
    w.hung[0] = true;
    w.pass(10'000);
    EXPECT_EQ(w.state(), ready);
    EXPECT_EQ(w.sequence().last.outcome, Outcome::drain_timeout);
}

// It passed while the agent was dead: nothing is decided before somebody looked.
TEST(DeadlineOfAZero, IsLookedAtAfterARestart) {
    AgentWorld w;
    w.at().in_flight = 3;
    ASSERT_TRUE(w.command(Action::stop, "llm/a", on_timeout(OnTimeout::stop)));
    w.pass(1'000);
    w.now += drain_timeout;
    w.at().in_flight = 0;
    w.restart_agent();
    w.drains->tick(w.now);
    EXPECT_EQ(w.state(), draining);
    w.pass(2'000);
    EXPECT_EQ(w.state(), stopping);
    EXPECT_EQ(w.sequence().cut, 0U);
}

}  // namespace
}  // namespace lbdrain::agent::test
