// A journal that cannot be written: nothing changes, it is said once, and it goes on afterwards.
#include "agent_world.hpp"

namespace lbdrain::agent::test {
namespace {

using enum ServerState;

TEST(SaveFailure, ACommandChangesNothing) {
    AgentWorld w;
    w.outside.saves_fail = true;
    for (const Action action : {Action::drain, Action::restart, Action::down}) {
        EXPECT_EQ(w.refusal(action), ProblemCode::internal);
        EXPECT_EQ(w.state(), ready);
        EXPECT_FALSE(running(w.sequence()));
        EXPECT_EQ(w.wanted(), Wanted{});
        EXPECT_EQ(w.answer(), agent_check::Answer{});
    }
    EXPECT_EQ(w.outside.errors, 1U) << "said once";
    w.outside.saves_fail = false;
    ASSERT_TRUE(w.command(Action::drain));
    EXPECT_TRUE(w.outside.told("can be written again"));
    w.reach(drained);
}

TEST(SaveFailure, ADrainedServerIsNotStoppedBeforeThatIsSaved) {
    AgentWorld w;
    ASSERT_TRUE(w.command(Action::stop));
    w.outside.saves_fail = true;
    w.pass(10'000);
    EXPECT_EQ(w.state(), draining);
    EXPECT_TRUE(w.outside.runs.empty());
    w.outside.saves_fail = false;
    w.reach(stopping, "llm/a", 2'000);
    EXPECT_EQ(w.outside.runs.size(), 1U);
}

TEST(SaveFailure, ARunsOutcomeIsNotLost) {
    AgentWorld w;
    ASSERT_TRUE(w.command(Action::restart));
    w.reach(stopping);
    w.outside.saves_fail = true;
    w.run_ends(RunStatus::succeeded, "stopped");
    EXPECT_EQ(w.state(), stopping);
    w.pass(5'000);
    EXPECT_EQ(w.outside.runs.size(), 1U) << "the start hook has to wait";
    w.outside.saves_fail = false;
    w.pass(300);
    EXPECT_EQ(w.state(), starting);
    EXPECT_EQ(w.outside.runs.size(), 2U);
}

TEST(SaveFailure, AReadmissionGoesOnUntilItsEndIsSaved) {
    AgentWorld w;
    ASSERT_TRUE(w.command(Action::drain));
    w.reach(drained);
    ASSERT_TRUE(w.command(Action::ready));
    w.reach(ready);
    w.outside.saves_fail = true;
    w.pass(10'000);
    EXPECT_EQ(w.wanted().rotation, Rotation::readmit);
    w.outside.saves_fail = false;
    w.pass(300);
    EXPECT_EQ(w.wanted().rotation, Rotation::keep);
}

}  // namespace
}  // namespace lbdrain::agent::test
