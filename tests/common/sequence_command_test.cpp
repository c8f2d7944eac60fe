// Every command from every state: the answer, and where the sequence stands afterwards.
#include <gmock/gmock.h>

#include <array>

#include "sequence_driver.hpp"

namespace lbdrain::test {
namespace {

constexpr std::array<std::string_view, 7> columns{"drain", "stop", "start",      "restart",
                                                  "ready", "down", "force_ready"};

Command command_of(std::string_view word) {
    return word == "drain"     ? ask::drain()
           : word == "stop"    ? ask::stop()
           : word == "start"   ? ask::start()
           : word == "restart" ? ask::restart()
           : word == "ready"   ? ask::ready()
           : word == "down"    ? ask::down()
                               : ask::force_ready();
}

struct Row {
    ServerState state;
    Goal goal;
    std::array<const char*, columns.size()> cells;  // in the order of `columns`
};

using enum ServerState;

// The ready check and slow_start are asked for everywhere: a server that nobody touched yet skips
// the check, never the ramp.
constexpr std::array rows{
    Row{ready,
        Goal::none,
        {"started draining/drained", "started draining/stopped", "already ready/none",
         "started draining/restarted", "already ready/none", "started down/none",
         "already ready/none"}},
    Row{draining,
        Goal::drained,
        {"joined draining/drained", "extended draining/stopped", "started warming/ready",
         "extended draining/restarted", "started warming/ready", "started down/none",
         "started warming/ready"}},
    Row{draining,
        Goal::stopped,
        {"refused draining/stopped", "joined draining/stopped", "started warming/ready",
         "extended draining/restarted", "started warming/ready", "started down/none",
         "started warming/ready"}},
    Row{draining,
        Goal::restarted,
        {"refused draining/restarted", "refused draining/restarted", "started warming/ready",
         "joined draining/restarted", "started warming/ready", "started down/none",
         "started warming/ready"}},
    Row{drained,
        Goal::none,
        {"already drained/none", "started draining/stopped", "started starting/ready",
         "started draining/restarted", "started starting/ready", "started down/none",
         "started warming/ready"}},
    Row{stopping,
        Goal::stopped,
        {"refused stopping/stopped", "joined stopping/stopped", "refused stopping/stopped",
         "extended stopping/restarted", "refused stopping/stopped", "started down/none",
         "started warming/ready"}},
    Row{stopping,
        Goal::restarted,
        {"refused stopping/restarted", "refused stopping/restarted", "refused stopping/restarted",
         "joined stopping/restarted", "refused stopping/restarted", "started down/none",
         "started warming/ready"}},
    Row{stopped,
        Goal::none,
        {"already stopped/none", "already stopped/none", "started starting/ready",
         "started starting/restarted", "started starting/ready", "started down/none",
         "started warming/ready"}},
    Row{starting,
        Goal::ready,
        {"refused starting/ready", "refused starting/ready", "joined starting/ready",
         "refused starting/ready", "joined starting/ready", "started down/none",
         "started warming/ready"}},
    Row{starting,
        Goal::restarted,
        {"refused starting/restarted", "refused starting/restarted", "joined starting/restarted",
         "joined starting/restarted", "joined starting/restarted", "started down/none",
         "started warming/ready"}},
    Row{warming,
        Goal::ready,
        {"started draining/drained", "started draining/stopped", "joined warming/ready",
         "started draining/restarted", "joined warming/ready", "started down/none",
         "started warming/ready"}},
    Row{warming,
        Goal::restarted,
        {"started draining/drained", "started draining/stopped", "joined warming/restarted",
         "joined warming/restarted", "joined warming/restarted", "started down/none",
         "started warming/ready"}},
    Row{failed,
        Goal::none,
        {"started draining/drained", "started draining/stopped", "started starting/ready",
         "started draining/restarted", "started starting/ready", "started down/none",
         "started warming/ready"}},
    Row{down,
        Goal::none,
        {"started draining/drained", "started draining/stopped", "started starting/ready",
         "started draining/restarted", "started starting/ready", "already down/none",
         "started warming/ready"}},
};

std::string outcome_of(const Answer& answer, const Sequence& s) {
    return std::string(name(answer)) + " " + std::string(to_string(s.state)) + "/" +
           std::string(to_string(s.goal));
}

class CommandTable : public testing::TestWithParam<Row> {};

TEST_P(CommandTable, AnswersEveryCommand) {
    const Row& row = GetParam();
    for (std::size_t i = 0; i < columns.size(); ++i) {
        SCOPED_TRACE(columns[i]);
        Driver d = arrive(row.state, row.goal);
        const Answer answer = d.command(command_of(columns[i]));
        EXPECT_EQ(outcome_of(answer, d.s), row.cells[i]);
        EXPECT_EQ(d.effects().in_rotation, in_rotation(d.s.state));
    }
}

// Joined, already and refused leave no trace.
TEST_P(CommandTable, ChangesNothingUnlessItStartsOrExtends) {
    const Row& row = GetParam();
    for (const std::string_view column : columns) {
        SCOPED_TRACE(column);
        Driver d = arrive(row.state, row.goal);
        const Sequence before = d.s;
        Command c = command_of(column);
        c.by = "somebody else";
        c.policy.drain_timeout = 7;
        const Answer answer = d.command(c);
        if (answer && (*answer == Accepted::started || *answer == Accepted::extended)) {
            continue;
        }
        EXPECT_EQ(d.s.id, before.id);
        EXPECT_EQ(d.s.by.view(), before.by.view());
        EXPECT_EQ(d.s.policy.drain_timeout, before.policy.drain_timeout);
        EXPECT_EQ(d.s.deadline, before.deadline);
        EXPECT_EQ(d.s.since, before.since);
        EXPECT_EQ(d.s.run, before.run);
        EXPECT_EQ(d.s.last.id, before.last.id);
        if (!answer) {
            EXPECT_EQ(answer.error().goal, row.goal);
            EXPECT_EQ(answer.error().state, row.state);
        }
    }
}

// What a command takes over is on record, and what it replaced was ended by name.
TEST_P(CommandTable, RecordsWhatItStarts) {
    const Row& row = GetParam();
    for (const std::string_view column : columns) {
        SCOPED_TRACE(column);
        Driver d = arrive(row.state, row.goal);
        const Sequence before = d.s;
        Command c = command_of(column);
        c.by = "alice";
        c.reason = "new kernel";
        const Answer answer = lbdrain::command(d.s, c, 4711, d.now);
        if (!answer || *answer != Accepted::started) {
            continue;
        }
        EXPECT_EQ(d.s.by.view(), "alice");
        EXPECT_EQ(d.s.reason.view(), "new kernel");
        EXPECT_EQ(d.s.begun, d.now);
        if (d.s.goal == Goal::none) {  // `down` is there at once
            EXPECT_EQ(d.s.id, 0U);
            EXPECT_EQ(d.s.last.id, 4711U);
            EXPECT_EQ(d.s.last.goal, Goal::down);
            EXPECT_EQ(d.s.last.outcome, Outcome::reached);
        } else {
            EXPECT_EQ(d.s.id, 4711U);
            EXPECT_EQ(d.s.goal, c.goal);
            EXPECT_EQ(d.s.last.id, before.id != 0 ? before.id : before.last.id);
        }
    }
}

INSTANTIATE_TEST_SUITE_P(States, CommandTable, testing::ValuesIn(rows), [](const auto& each) {
    return std::string(to_string(each.param.state)) + "_" + std::string(to_string(each.param.goal));
});

TEST(Commands, WithoutAGoalDoesNothing) {
    Driver d = arrive(draining, Goal::drained);
    EXPECT_EQ(outcome_of(d.command(Command{}), d.s), "already draining/drained");
}

TEST(Commands, WithoutCheckOrRampReadyIsThereAtOnce) {
    Driver d = arrive(drained, Goal::none);
    Command c = ask::ready();
    c.check = false;
    c.policy.slow_start = 0;
    EXPECT_EQ(outcome_of(d.command(c), d.s), "started ready/none");
    EXPECT_EQ(d.s.last.goal, Goal::ready);
    EXPECT_EQ(d.s.last.outcome, Outcome::reached);
}

TEST(Commands, ExtensionKeepsTheIdAndSetsANewDeadline) {
    Driver d = arrive(draining, Goal::drained);
    const auto id = d.s.id;
    d.after(drain_timeout - 1, busy(3));
    Command c = ask::restart();
    c.by = "bob";
    ASSERT_EQ(d.command(c), Accepted::extended);
    EXPECT_EQ(d.s.id, id);
    EXPECT_EQ(d.s.by.view(), "bob");
    EXPECT_EQ(d.s.deadline, d.now + drain_timeout);
    EXPECT_EQ(d.s.last.outcome, Outcome::none) << "an extended sequence has not ended";
}

TEST(Commands, ExtensionOfAStopGoesOnToReady) {
    Driver d = arrive(stopping, Goal::stopped);
    const lbdrain::Run run = d.s.run;
    ASSERT_EQ(d.command(ask::restart()), Accepted::extended);
    EXPECT_EQ(d.s.run, run) << "the stop hook goes on, it is not run twice";
    d.run_succeeds();
    EXPECT_EQ(d.s.state, starting);
    EXPECT_EQ(d.s.run.kind, RunKind::start);
}

TEST(Commands, CancelledSequenceSaysWhatTookOver) {
    Driver d = arrive(draining, Goal::stopped);
    const auto id = d.s.id;
    Command c = ask::ready();
    c.by = "alice";
    ASSERT_EQ(d.command(c), Accepted::started);
    EXPECT_EQ(d.s.last.id, id);
    EXPECT_EQ(d.s.last.goal, Goal::stopped);
    EXPECT_EQ(d.s.last.outcome, Outcome::cancelled);
    EXPECT_EQ(d.s.last.text.view(), "goal ready (alice)");
}

TEST(Commands, CancelledSequenceStillSaysWhatWasCut) {
    Driver d;
    Command c = ask::stop();
    c.policy.on_timeout = OnTimeout::stop;
    ASSERT_EQ(d.command(c), Accepted::started);
    d.after(drain_timeout, busy(5));
    ASSERT_EQ(d.s.state, stopping);
    ASSERT_EQ(d.command(ask::force_ready()), Accepted::started);
    EXPECT_EQ(d.s.last.outcome, Outcome::cancelled);
    EXPECT_EQ(d.s.last.left, 5U);
}

// `start` on a server that waits for its ready check in vain: it is the start hook that is missing.
TEST(Commands, StartDuringAReadyCheckRunsTheStartHook) {
    Driver d = arrive(stopped, Goal::none);
    ASSERT_EQ(d.command(ask::ready()), Accepted::started);
    const lbdrain::Run check = d.s.run;
    ASSERT_EQ(check.kind, RunKind::ready_check);
    EXPECT_EQ(d.command(ask::start()), Accepted::extended);
    EXPECT_EQ(d.s.run, (lbdrain::Run{RunKind::start, check.number + 1}));
    EXPECT_EQ(d.command(ask::start()), Accepted::joined);
    d.run_succeeds();
    EXPECT_EQ(d.s.run, (lbdrain::Run{RunKind::ready_check, check.number + 2}));
}

}  // namespace
}  // namespace lbdrain::test
