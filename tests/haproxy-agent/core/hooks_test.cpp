// Runs: which hook is asked for, with what, and what its news lead to.
#include "agent_world.hpp"

namespace lbdrain::agent::test {
namespace {

using enum ServerState;
using testing::HasSubstr;

TEST(Hooks, ARestartGoesAllTheWay) {
    AgentWorld w;
    w.hooks_work();
    const auto taken = w.command(Action::restart);
    ASSERT_TRUE(taken);
    w.reach(ready);
    ASSERT_EQ(w.outside.runs.size(), 3U);
    const auto& [stop, start, check] =
        std::tie(w.outside.runs[0], w.outside.runs[1], w.outside.runs[2]);
    EXPECT_EQ(stop.task.action, hook::Action::stop);
    EXPECT_EQ(std::get<hook::ExecHook>(stop.task.what).argv[1], "10.0.0.0:8000");
    EXPECT_EQ(stop.task.timeout, std::chrono::seconds(20));
    EXPECT_EQ(stop.task.service, "llm");
    EXPECT_EQ(stop.task.server, "a");
    EXPECT_EQ(stop.task.run_id, std::to_string(taken->id) + "-1");
    EXPECT_EQ(start.task.action, hook::Action::start);
    EXPECT_EQ(start.task.run_id, std::to_string(taken->id) + "-2");
    EXPECT_EQ(check.task.action, hook::Action::ready);
    EXPECT_EQ(std::get<hook::ReadyCheck>(check.task.what).url, "http://10.0.0.0:8000/health");
    EXPECT_EQ(w.sequence().last.outcome, Outcome::reached);
    EXPECT_EQ(w.sequence().last.id, taken->id);
    EXPECT_EQ(w.sequence().last.text.view(), "done") << "how the stop went";
    EXPECT_EQ(w.server().tally.runs_ok[1], 1U);
}

TEST(Hooks, TheStopRunsOnlyAfterEveryBalancerShowedAZeroInMaint) {
    AgentWorld w(one_service(2, {"edge-1", "edge-2"}));
    bool asked = false;
    w.outside.on_effect = [&] {
        if (!asked && !w.outside.runs.empty()) {
            asked = true;
            for (std::size_t i = 0; i < 2; ++i) {
                EXPECT_EQ(w.balancers[i].servers[0].admin, Admin::maint);
                EXPECT_EQ(w.balancers[i].servers[0].in_flight, 0U);
            }
        }
    };
    w.at(0).in_flight = 1;
    ASSERT_TRUE(w.command(Action::stop));
    w.pass(3'000);
    w.at(0).in_flight = 0;
    w.at(1).in_flight = 1;
    w.pass(3'000);
    EXPECT_FALSE(asked);
    w.at(1).in_flight = 0;
    w.reach(stopping);
    EXPECT_TRUE(asked);
}

TEST(Hooks, AFailedStopIsSaidToThePersonAndTheBalancer) {
    AgentWorld w;
    ASSERT_TRUE(w.command(Action::restart));
    w.reach(stopping);
    w.run_ends(RunStatus::failed, "exit status 7");
    EXPECT_EQ(w.state(), failed);
    EXPECT_EQ(w.sequence().last.outcome, Outcome::stop_failed);
    EXPECT_EQ(w.sequence().last.text.view(), "exit status 7");
    EXPECT_EQ(w.wanted().rotation, Rotation::maint);
    EXPECT_EQ(w.answer().health, agent_check::Answer::Health::down);
    EXPECT_EQ(w.answer().reason, "exit status 7");
    EXPECT_TRUE(w.outside.told("exit status 7"));
    EXPECT_EQ(w.server().tally.runs_failed[1], 1U);
    w.hooks_work();
    ASSERT_TRUE(w.command(Action::start));
    w.reach(ready);
    EXPECT_EQ(w.answer().health, agent_check::Answer::Health::up);
}

TEST(Hooks, ARunnerThatSaysNothingIsTakenForDead) {
    AgentWorld w;
    ASSERT_TRUE(w.command(Action::stop));
    w.reach(stopping);
    w.pass(20'000 + defaults::runner_grace - 1'000);
    EXPECT_EQ(w.state(), stopping);
    w.pass(2'000);
    EXPECT_EQ(w.state(), failed);
}

TEST(Hooks, ProgressIsShown) {
    AgentWorld w;
    ASSERT_TRUE(w.command(Action::stop));
    w.reach(stopping);
    const unsigned saves = w.outside.saves;
    w.run_ends(RunStatus::running, "waiting for the unit to stop");
    EXPECT_THAT(w.drains->view(w.server(), w.now, w.now).waiting_for, HasSubstr("the unit"));
    w.run_ends(RunStatus::running, "still");
    w.run_ends(RunStatus::running, "still waiting");
    EXPECT_EQ(w.outside.saves, saves) << "nothing that has to be durable";
}

// The outcome of a run that is over must not hide that of the one which runs now.
TEST(Hooks, LateNewsAreNoNews) {
    AgentWorld w;
    ASSERT_TRUE(w.command(Action::restart));
    w.reach(stopping);
    const lbdrain::Run stop = w.sequence().run;
    w.run_ends(RunStatus::succeeded);
    ASSERT_EQ(w.state(), starting);
    w.outside.saves_fail = true;
    w.run_ends(RunStatus::succeeded);  // cannot be saved yet
    w.drains->run_news(0, stop, RunStatus::failed, "too late", w.now);
    w.outside.saves_fail = false;
    w.pass(300);
    EXPECT_EQ(w.sequence().run.kind, RunKind::ready_check);
    w.drains->run_news(0, stop, RunStatus::failed, "too late", w.now);
    w.drains->run_news(99, stop, RunStatus::failed, "nobody's", w.now);
    EXPECT_EQ(w.state(), starting);
}

TEST(Hooks, AReadyCheckStandsBeforeTrafficUnlessForced) {
    AgentWorld w;
    ASSERT_TRUE(w.command(Action::down));
    ASSERT_TRUE(w.command(Action::ready));
    EXPECT_EQ(w.state(), starting);
    EXPECT_EQ(w.sequence().run.kind, RunKind::ready_check);
    EXPECT_EQ(w.wanted().rotation, Rotation::maint);
    ASSERT_TRUE(w.command(Action::ready, "llm/a", forced()));
    w.reach(ready, "llm/a", 500);
    EXPECT_TRUE(w.serves());
}

TEST(Hooks, OneThatIsConfiguredNoMoreFailsTheSequence) {
    AgentWorld w;
    ASSERT_TRUE(w.command(Action::restart));
    w.reach(draining);
    AgentConfig config = one_service();
    config.services[0].servers[0].stop.reset();
    w.reload(std::move(config));
    w.reach(failed, "llm/a", 10'000);
    EXPECT_THAT(w.sequence().last.text.view(), HasSubstr("taken out of the configuration"));
}

}  // namespace
}  // namespace lbdrain::agent::test
