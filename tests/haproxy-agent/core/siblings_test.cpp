// One process under two names: who stops it takes it out everywhere, and guards both services.
#include "agent_world.hpp"

namespace lbdrain::agent::test {
namespace {

using enum ServerState;
using Word = agent_check::Answer::AdminWord;

TEST(Siblings, AStopHoldsThemAndWaitsForTheirRequests) {
    AgentWorld w(two_services());
    w.hooks_work();
    w.at(0, "chat/a").in_flight = 1;
    ASSERT_TRUE(w.command(Action::restart));
    EXPECT_EQ(w.state("chat/a"), ready) << "its own sequence stands";
    EXPECT_EQ(w.wanted(0, "chat/a").rotation, Rotation::drain);
    EXPECT_EQ(w.answer("chat/a").admin, Word::drain);
    EXPECT_EQ(w.drains->view(w.server("chat/a"), w.now, w.now).held_by, "llm/a");
    w.pass(5'000);
    EXPECT_EQ(w.state(), draining);
    w.at(0, "chat/a").in_flight = 0;
    w.reach(stopping, "llm/a", 3'000);
    EXPECT_EQ(w.wanted(0, "chat/a").rotation, Rotation::maint);
    EXPECT_EQ(w.answer("chat/a").admin, Word::maint);
    w.reach(ready);
    w.pass(readmit_hold + 500);
    EXPECT_TRUE(w.serves("chat/a"));
    EXPECT_EQ(w.wanted(0, "chat/a"), (Wanted{.revision = w.wanted(0, "chat/a").revision}));
    EXPECT_TRUE(w.server("chat/a").record.readmit.empty());
}

TEST(Siblings, APlainDrainLeavesThemAlone) {
    AgentWorld w(two_services());
    w.at(0, "chat/a").in_flight = 1;
    ASSERT_TRUE(w.command(Action::drain));
    EXPECT_EQ(w.wanted(0, "chat/a").rotation, Rotation::keep);
    w.reach(drained);
    ASSERT_TRUE(w.command(Action::stop)) << "now they are";
    w.pass(5'000);
    EXPECT_EQ(w.state(), draining);
    EXPECT_NE(w.at(0, "chat/a").admin, Admin::ready);
    w.at(0, "chat/a").in_flight = 0;
    w.reach(stopping, "llm/a", 3'000);
}

TEST(Siblings, TheGuardOfEachServiceIsAsked) {
    AgentWorld w(two_services());
    w.at(0, "chat/b").healthy = false;
    w.pass(100);
    EXPECT_EQ(w.refusal(Action::restart), ProblemCode::last_ready_server);
    EXPECT_TRUE(w.command(Action::drain)) << "that takes nothing from the other service";
}

TEST(Siblings, OfOneServiceDoNotCountForEachOther) {
    AgentConfig config = one_service(2);
    config.services[0].servers[1].address = config.services[0].servers[0].address;
    AgentWorld w(std::move(config));
    EXPECT_EQ(w.refusal(Action::stop), ProblemCode::last_ready_server);
    EXPECT_TRUE(w.command(Action::drain)) << "its other name goes on serving";
}

TEST(Siblings, NothingElseMayRunOnTheProcess) {
    AgentWorld w(two_services());
    ASSERT_TRUE(w.command(Action::drain, "chat/a"));
    EXPECT_EQ(w.refusal(Action::stop), ProblemCode::sequence_running);
    w.reach(drained, "chat/a");
    ASSERT_TRUE(w.command(Action::stop));
    for (const Action action : {Action::ready, Action::restart, Action::down, Action::start}) {
        EXPECT_EQ(w.refusal(action, "chat/a"), ProblemCode::sequence_running);
    }
    w.hooks_work();
    w.reach(stopped);
    EXPECT_EQ(w.refusal(Action::ready, "chat/a"), ProblemCode::sequence_running);
    ASSERT_TRUE(w.command(Action::start));
    w.reach(ready);
    EXPECT_EQ(w.state("chat/a"), drained) << "it left by a command of its own";
    ASSERT_TRUE(w.command(Action::ready, "chat/a"));
    w.reach(ready, "chat/a");
}

// The process is gone, whatever is said of its server afterwards.
TEST(Siblings, StayHeldUntilTheProcessIsBack) {
    AgentWorld w(two_services());
    w.hooks_work();
    ASSERT_TRUE(w.command(Action::stop));
    w.reach(stopped);
    ASSERT_TRUE(w.command(Action::down));
    ASSERT_EQ(w.state(), down);
    w.pass(5'000);
    EXPECT_NE(w.at(0, "chat/a").admin, Admin::ready);
    w.restart_agent();
    ASSERT_TRUE(w.command(Action::drain, "llm/a", forced()));
    w.reach(drained);
    w.pass(5'000);
    EXPECT_NE(w.at(0, "chat/a").admin, Admin::ready);
    EXPECT_EQ(w.answer("chat/a").admin, Word::maint);
    ASSERT_TRUE(w.command(Action::start));
    w.reach(ready);
    w.pass(readmit_hold + 500);
    EXPECT_TRUE(w.serves("chat/a"));
}

TEST(Siblings, AreNotHeldByACheckOfAProcessThatWasNeverStopped) {
    AgentWorld w(two_services());
    ASSERT_TRUE(w.command(Action::down));
    ASSERT_TRUE(w.command(Action::ready));
    ASSERT_EQ(w.state(), starting);
    w.pass(1'000);
    EXPECT_TRUE(w.serves("chat/a"));
    w.run_ends(RunStatus::failed, "connection refused");
    ASSERT_EQ(w.state(), failed);
    w.pass(1'000);
    EXPECT_TRUE(w.serves("chat/a")) << "its own health checks see to that";
}

TEST(Siblings, ComeBackWhenTheStopIsCalledOff) {
    AgentWorld w(two_services());
    w.at().in_flight = 1;
    ASSERT_TRUE(w.command(Action::stop));
    w.pass(500);
    ASSERT_NE(w.at(0, "chat/a").admin, Admin::ready);
    ASSERT_TRUE(w.command(Action::ready));
    w.pass(readmit_hold + 500);
    EXPECT_TRUE(w.serves());
    EXPECT_TRUE(w.serves("chat/a"));
}

TEST(Siblings, AnOperatorsDrainOfThemStands) {
    AgentWorld w(two_services());
    w.hooks_work();
    w.at(0, "chat/a").admin = Admin::drain;
    w.pass(100);
    ASSERT_TRUE(w.command(Action::restart));
    w.reach(ready);
    w.pass(10'000);
    EXPECT_TRUE(w.serves());
    EXPECT_NE(w.at(0, "chat/a").admin, Admin::ready);
    EXPECT_EQ(w.answer("chat/a").admin, Word::none);
}

TEST(Siblings, StayAsTheyAreWhenTheCommandCannotBeSaved) {
    AgentWorld w(two_services());
    unsigned saves = 0;
    w.outside.on_save = [&saves] { return ++saves == 1; };  // the sibling's, not the command's
    EXPECT_EQ(w.refusal(Action::stop), ProblemCode::internal);
    EXPECT_EQ(saves, 2U);
    EXPECT_EQ(w.state(), ready);
    EXPECT_TRUE(w.server("chat/a").record.readmit.empty());
    w.pass(1'000);
    EXPECT_EQ(w.wanted(0, "chat/a").rotation, Rotation::keep);
    EXPECT_EQ(w.answer("chat/a").admin, Word::none);
}

}  // namespace
}  // namespace lbdrain::agent::test
