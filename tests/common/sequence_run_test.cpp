// Stopping, starting and warming: hooks, the ready check, their outcomes and their silence.
#include "sequence_driver.hpp"

namespace lbdrain::test {
namespace {

using enum ServerState;

constexpr Millis grace = defaults::runner_grace;

TEST(Stop, RunsTheHookAfterZeroAndEndsWithItsWords) {
    Driver d;
    ASSERT_EQ(d.command(ask::stop()), Accepted::started);
    d.after(0, busy(1));
    EXPECT_EQ(d.effects().run, std::nullopt);
    d.hold_zero();
    EXPECT_EQ(d.s.state, stopping);
    EXPECT_EQ(d.effects().run, (lbdrain::Run{RunKind::stop, 1}));
    d.run_says(RunStatus::running, "waiting for unit");
    EXPECT_EQ(d.s.state, stopping);
    EXPECT_EQ(d.s.progress.view(), "waiting for unit");
    d.run_succeeds("killed at the timeout");
    EXPECT_EQ(d.s.state, stopped);
    EXPECT_EQ(d.effects().run, std::nullopt);
    EXPECT_EQ(d.s.last.goal, Goal::stopped);
    EXPECT_EQ(d.s.last.outcome, Outcome::reached);
    EXPECT_EQ(d.s.last.text.view(), "killed at the timeout");
    EXPECT_TRUE(d.s.progress.empty());
}

TEST(Stop, FailureIsKeptForAPerson) {
    Driver d = arrive(stopping, Goal::stopped);
    d.run_fails("exit status 3");
    EXPECT_EQ(d.s.state, failed);
    EXPECT_FALSE(d.effects().in_rotation);
    EXPECT_EQ(d.effects().run, std::nullopt);
    EXPECT_FALSE(running(d.s));
    EXPECT_EQ(d.s.last.outcome, Outcome::stop_failed);
    EXPECT_EQ(d.s.last.text.view(), "exit status 3");
}

TEST(Stop, FailureOfARestartStartsNothing) {
    Driver d = arrive(stopping, Goal::restarted);
    d.run_fails("exit status 3");
    EXPECT_EQ(d.s.state, failed);
    EXPECT_EQ(d.s.last.goal, Goal::restarted);
    EXPECT_EQ(d.s.last.outcome, Outcome::stop_failed);
}

TEST(Restart, GoesTheWholeWay) {
    Driver d;
    ASSERT_EQ(d.command(ask::restart()), Accepted::started);
    const auto id = d.s.id;
    d.hold_zero();
    EXPECT_EQ(d.effects().run, (lbdrain::Run{RunKind::stop, 1}));
    d.run_succeeds("killed at the timeout");
    EXPECT_EQ(d.s.state, starting);
    EXPECT_EQ(d.effects().run, (lbdrain::Run{RunKind::start, 2}));
    d.run_succeeds();
    EXPECT_EQ(d.s.state, starting);
    EXPECT_EQ(d.effects().run, (lbdrain::Run{RunKind::ready_check, 3}));
    EXPECT_FALSE(d.effects().in_rotation);
    d.run_succeeds();
    EXPECT_EQ(d.s.state, warming);
    EXPECT_TRUE(d.effects().in_rotation);
    EXPECT_EQ(d.effects().run, std::nullopt);
    d.after(slow_start, zero());
    EXPECT_EQ(d.s.state, ready);
    EXPECT_EQ(d.s.last.id, id);
    EXPECT_EQ(d.s.last.goal, Goal::restarted);
    EXPECT_EQ(d.s.last.outcome, Outcome::reached);
    EXPECT_EQ(d.s.last.text.view(), "killed at the timeout") << "reported, never hidden";
}

TEST(Restart, EndsWithWhatWasCutAndHowItStopped) {
    for (const Millis ramp : {Millis{0}, slow_start}) {
        Driver d;
        Command c = ask::restart();
        c.policy.on_timeout = OnTimeout::stop;
        c.policy.slow_start = ramp;
        ASSERT_EQ(d.command(c), Accepted::started);
        d.after(drain_timeout, busy(6));
        d.run_succeeds("exit status 0");
        d.run_succeeds("started");
        d.run_succeeds("3 passes");
        d.after(ramp, zero());
        EXPECT_EQ(d.s.state, ready);
        EXPECT_EQ(d.s.last.outcome, Outcome::reached);
        EXPECT_EQ(d.s.last.left, 6U);
        EXPECT_EQ(d.s.last.text.view(), "exit status 0");
        EXPECT_EQ(d.command(c), Accepted::started);
        d.hold_zero();
        d.run_succeeds();
        d.run_succeeds();
        d.run_succeeds();
        d.after(ramp, zero());
        EXPECT_EQ(d.s.last.outcome, Outcome::reached);
        EXPECT_EQ(d.s.last.left, 0U) << "that was the earlier sequence";
        EXPECT_TRUE(d.s.last.text.empty());
    }
}

TEST(Restart, WithoutAStartHookWaitsForTheCheck) {
    Driver d;
    Command c = ask::restart();
    c.start_hook = false;
    ASSERT_EQ(d.command(c), Accepted::started);
    d.hold_zero();
    d.run_succeeds();
    EXPECT_EQ(d.effects().run, (lbdrain::Run{RunKind::ready_check, 2}));
}

TEST(Start, WithoutACheckIsInRotationAfterTheHook) {
    Driver d = arrive(stopped, Goal::none);
    Command c = ask::start();
    c.check = false;
    ASSERT_EQ(d.command(c), Accepted::started);
    EXPECT_EQ(d.s.run.kind, RunKind::start);
    d.run_succeeds();
    EXPECT_EQ(d.s.state, warming);
}

TEST(Start, FailureOfTheHookOrTheCheckKeepsItOut) {
    Driver d = arrive(starting, Goal::ready);
    ASSERT_EQ(d.s.run.kind, RunKind::start);
    d.run_fails("no such unit");
    EXPECT_EQ(d.s.state, failed);
    EXPECT_EQ(d.s.last.outcome, Outcome::not_ready);
    EXPECT_EQ(d.s.last.text.view(), "no such unit");

    d = arrive(starting, Goal::restarted);
    d.run_succeeds();
    ASSERT_EQ(d.s.run.kind, RunKind::ready_check);
    d.run_fails("503 for 15m");
    EXPECT_EQ(d.s.state, failed);
    EXPECT_FALSE(d.effects().in_rotation);
    EXPECT_EQ(d.s.last.goal, Goal::restarted);
    EXPECT_EQ(d.s.last.outcome, Outcome::not_ready);
}

TEST(Start, EndsWithoutTheWordsOfAnEarlierStop) {
    Driver d = arrive(stopping, Goal::stopped);
    d.run_succeeds("killed at the timeout");
    ASSERT_EQ(d.command(ask::start()), Accepted::started);
    d.run_succeeds();
    d.run_succeeds();
    d.after(slow_start, zero());
    EXPECT_EQ(d.s.last.goal, Goal::ready);
    EXPECT_TRUE(d.s.last.text.empty());
}

// An outcome counts for the run it names, by number and by kind.
TEST(Runs, OutcomeOfAnotherRunIsIgnored) {
    Driver d = arrive(starting, Goal::restarted);
    ASSERT_EQ(d.s.run, (lbdrain::Run{RunKind::start, 2}));
    for (const lbdrain::Run other :
         {lbdrain::Run{RunKind::stop, 1}, lbdrain::Run{RunKind::start, 1},
          lbdrain::Run{RunKind::start, 3}, lbdrain::Run{RunKind::ready_check, 2}, lbdrain::Run{}}) {
        for (const RunStatus status :
             {RunStatus::running, RunStatus::succeeded, RunStatus::failed}) {
            Observation seen = zero();
            seen.run = other;
            seen.run_status = status;
            seen.run_text = "late";
            d.after(1, seen);
            EXPECT_EQ(d.s.state, starting);
            EXPECT_EQ(d.s.run, (lbdrain::Run{RunKind::start, 2}));
            EXPECT_TRUE(d.s.progress.empty());
        }
    }
}

TEST(Runs, LateOutcomeOfACancelledStopDoesNotEndTheNextOne) {
    Driver d = arrive(stopping, Goal::stopped);
    Observation late = zero();
    late.run = d.s.run;
    late.run_status = RunStatus::succeeded;
    ASSERT_EQ(d.command(ask::down()), Accepted::started);
    ASSERT_EQ(d.command(ask::stop()), Accepted::started);
    d.hold_zero();
    ASSERT_EQ(d.s.state, stopping);
    d.after(1, late);
    EXPECT_EQ(d.s.state, stopping);
    EXPECT_EQ(d.s.run.number, late.run.number + 1);
}

struct Silence {
    ServerState state;
    RunKind kind;
    Millis limit;
    Outcome outcome;
};

class SilentRunner : public testing::TestWithParam<Silence> {};

// The runner enforces its own limit; only its silence long after is taken for its death.
TEST_P(SilentRunner, FailsAfterItsLimitAndGrace) {
    const Silence& p = GetParam();
    Driver d = arrive(p.state, Goal::restarted);
    if (p.kind == RunKind::ready_check) {
        d.run_succeeds();
    }
    ASSERT_EQ(d.s.run.kind, p.kind);
    const Millis since = d.s.run_since;
    d.run_says(RunStatus::running, "still busy", since + p.limit + grace - d.now);
    EXPECT_EQ(d.s.state, p.state);
    d.run_says(RunStatus::running, "still busy", 1);
    EXPECT_EQ(d.s.state, failed);
    EXPECT_EQ(d.s.last.outcome, p.outcome);
    EXPECT_EQ(d.s.last.text.view(), "the hook runner did not report in time");
}

TEST_P(SilentRunner, ItsOutcomeStillCountsWhenItComesWithTheVerdict) {
    const Silence& p = GetParam();
    Driver d = arrive(p.state, Goal::restarted);
    if (p.kind == RunKind::ready_check) {
        d.run_succeeds();
    }
    d.run_says(RunStatus::succeeded, {}, p.limit + grace + 1);
    EXPECT_NE(d.s.state, failed);
}

INSTANTIATE_TEST_SUITE_P(
    Kinds, SilentRunner,
    testing::Values(Silence{stopping, RunKind::stop, stop_timeout, Outcome::stop_failed},
                    Silence{starting, RunKind::start, start_timeout, Outcome::not_ready},
                    Silence{starting, RunKind::ready_check, ready_timeout, Outcome::not_ready}));

TEST(Ready, ForcedDuringAStopIsInRotationAndDropsTheHook) {
    Driver d = arrive(stopping, Goal::stopped);
    const lbdrain::Run stop_run = d.s.run;
    ASSERT_EQ(d.command(ask::force_ready()), Accepted::started);
    EXPECT_TRUE(d.effects().in_rotation);
    EXPECT_EQ(d.effects().run, std::nullopt);
    EXPECT_EQ(d.s.run.number, stop_run.number) << "numbers are never used again";
}

}  // namespace
}  // namespace lbdrain::test
