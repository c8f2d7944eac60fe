// What a program sees that asks again: effects by level, the ramp, copies, reboots.
#include <cstring>
#include <vector>

#include "sequence_driver.hpp"

namespace lbdrain::test {
namespace {

using enum ServerState;

TEST(SlowStart, RampsUpByTime) {
    Driver d = arrive(warming, Goal::ready);
    const Millis entered = d.s.since;
    const auto weight_at = [&](Millis passed) {
        return effects(d.s, entered + passed).weight_percent;
    };
    EXPECT_EQ(weight_at(0), 1U);  // never 0: that would be out of rotation
    EXPECT_EQ(weight_at(slow_start / 4), 25U);
    EXPECT_EQ(weight_at(slow_start / 2), 50U);
    EXPECT_EQ(weight_at(slow_start - 1), 99U);
    EXPECT_EQ(weight_at(10 * slow_start), 100U);
    d.now = entered;
    d.after(slow_start - 1, busy(9));
    EXPECT_EQ(d.s.state, warming);
    d.after(1, busy(9));
    EXPECT_EQ(d.s.state, ready);
    EXPECT_EQ(d.effects().weight_percent, 100U);
    EXPECT_EQ(d.s.last.outcome, Outcome::reached);
}

TEST(SlowStart, ZeroMeansNoRamp) {
    Driver d = arrive(down, Goal::none);
    Command c = ask::ready();
    c.check = false;
    c.policy.slow_start = 0;
    ASSERT_EQ(d.command(c), Accepted::started);
    EXPECT_EQ(d.s.state, ready);
    EXPECT_EQ(d.effects().weight_percent, 100U);
}

// One restart, observed step by step. The odd tick is a flicker, a silence, a late outcome.
std::vector<Observation> script() {
    std::vector<Observation> all{busy(2), zero(), busy(1), zero()};
    all.insert(all.end(), 4, zero());
    for (std::uint32_t number = 1; number <= 3; ++number) {
        for (const RunStatus status : {RunStatus::none, RunStatus::running, RunStatus::succeeded}) {
            Observation seen = zero();
            seen.run = {static_cast<RunKind>(number), number};
            seen.run_status = status;
            seen.run_text = status == RunStatus::running ? "under way" : "";
            all.push_back(seen);
        }
    }
    all.insert(all.end(), 30, busy(3));
    return all;
}

TEST(Resume, CopyOfTheBytesCarriesOnFromAnyMoment) {
    const std::vector<Observation> all = script();
    constexpr Millis tick = 400;
    Driver whole;
    ASSERT_EQ(whole.command(ask::restart()), Accepted::started);
    for (std::size_t cut = 0; cut < all.size(); ++cut) {
        SCOPED_TRACE(cut);
        // This one dies here; all that is left is the file.
        std::vector<unsigned char> file(sizeof(Sequence));
        std::memcpy(file.data(), &whole.s, sizeof(Sequence));
        Driver resumed;
        std::memcpy(&resumed.s, file.data(), sizeof(Sequence));
        resumed.now = whole.now;
        EXPECT_EQ(resumed.effects().run, whole.effects().run);

        Driver undisturbed = whole;
        for (std::size_t i = cut; i < all.size(); ++i) {
            const Effects a = undisturbed.after(tick, all[i]);
            const Effects b = resumed.after(tick, all[i]);
            ASSERT_EQ(a.in_rotation, b.in_rotation);
            ASSERT_EQ(a.weight_percent, b.weight_percent);
            ASSERT_EQ(a.run, b.run);
            ASSERT_EQ(undisturbed.s.state, resumed.s.state);
        }
        EXPECT_EQ(resumed.s.state, ready);
        EXPECT_EQ(resumed.s.last.outcome, Outcome::reached);
        whole.after(tick, all[cut]);
    }
}

// Looking twice at the same moment changes nothing: effects are levels, not events.
TEST(Resume, AdvanceTwiceIsAdvanceOnce) {
    Driver d;
    ASSERT_EQ(d.command(ask::restart()), Accepted::started);
    for (const Observation& seen : script()) {
        const Effects once = d.after(400, seen);
        const Sequence before = d.s;
        const Effects twice = d.after(0, seen);
        EXPECT_EQ(once.run, twice.run);
        EXPECT_EQ(once.in_rotation, twice.in_rotation);
        EXPECT_EQ(before.state, d.s.state);
        EXPECT_EQ(before.since, d.s.since);
        EXPECT_EQ(before.zero_since, d.s.zero_since);
        EXPECT_EQ(before.run, d.s.run);
    }
    EXPECT_EQ(d.s.state, ready);
}

TEST(Rebase, GivesADrainItsFullBudgetAndForgetsTheZero) {
    Driver d = arrive(draining, Goal::drained);
    d.after(0, zero());
    ASSERT_EQ(d.s.zero_since, d.now);
    d.now = 50;  // the clock starts anew
    rebase(d.s, d.now);
    EXPECT_EQ(d.s.since, 50);
    EXPECT_EQ(d.s.begun, 50);
    EXPECT_EQ(d.s.zero_since, -1);
    d.after(0, zero());
    EXPECT_EQ(d.s.state, draining) << "zero has to hold on this side of the reboot";
    d.after(drain_timeout - 1, busy(1));
    EXPECT_EQ(d.s.state, draining);
    d.after(1, busy(1));
    EXPECT_EQ(d.s.state, ready);
}

TEST(Rebase, GivesAnOverdueDrainANewDeadline) {
    Driver d;
    Command c = ask::drain();
    c.policy.on_timeout = OnTimeout::wait;
    ASSERT_EQ(d.command(c), Accepted::started);
    d.after(drain_timeout, busy(1));
    d.now = 50;
    rebase(d.s, d.now);
    EXPECT_FALSE(d.s.overdue);
    EXPECT_EQ(d.s.deadline, 50 + drain_timeout);
}

TEST(Rebase, GivesARunItsFullBudget) {
    Driver d = arrive(stopping, Goal::stopped);
    const lbdrain::Run run = d.s.run;
    d.now = 50;
    rebase(d.s, d.now);
    EXPECT_EQ(d.effects().run, run);
    d.after(stop_timeout + defaults::runner_grace, zero());
    EXPECT_EQ(d.s.state, stopping);
    d.after(1, zero());
    EXPECT_EQ(d.s.state, failed);
}

TEST(Rebase, RampsAnew) {
    Driver d = arrive(warming, Goal::restarted);
    d.after(slow_start / 2, zero());
    d.now = 50;
    rebase(d.s, d.now);
    EXPECT_EQ(d.effects().weight_percent, 1U);
    d.after(slow_start, zero());
    EXPECT_EQ(d.s.state, ready);
}

TEST(Rebase, LeavesAnIdleServerWhereItIs) {
    for (const ServerState state : {ready, drained, stopped, failed, down}) {
        Driver d = arrive(state, Goal::none);
        const Outcome outcome = d.s.last.outcome;
        d.now = 50;
        rebase(d.s, d.now);
        d.after(1, zero());
        EXPECT_EQ(d.s.state, state);
        EXPECT_EQ(d.s.deadline, 0);
        EXPECT_EQ(d.s.last.outcome, outcome);
        EXPECT_EQ(d.s.last.at, 50);
        EXPECT_FALSE(running(d.s));
    }
}

struct Standing {
    ServerState state;
    Goal goal;
};

// What was in rotation and only drained is the process that was there; nothing else is certain.
TEST(ProcessUnproven, UnlessItOnlyLeftRotation) {
    for (const auto& [state, goal] :
         {Standing{ready, Goal::none}, Standing{draining, Goal::drained},
          Standing{drained, Goal::none}, Standing{warming, Goal::restarted}}) {
        EXPECT_FALSE(process_unproven(arrive(state, goal).s)) << to_string(state);
    }
    for (const auto& [state, goal] :
         {Standing{stopping, Goal::stopped}, Standing{stopped, Goal::none},
          Standing{starting, Goal::ready}, Standing{failed, Goal::none},
          Standing{down, Goal::none}}) {
        EXPECT_TRUE(process_unproven(arrive(state, goal).s)) << to_string(state);
    }
}

TEST(ProcessUnproven, ADrainProvesNothing) {
    for (const ServerState state : {failed, down}) {
        Driver d = arrive(state, Goal::none);
        ASSERT_EQ(d.command(ask::drain()), Accepted::started);
        EXPECT_TRUE(process_unproven(d.s));
        d.hold_zero();
        ASSERT_EQ(d.s.state, drained);
        EXPECT_TRUE(process_unproven(d.s));
        ASSERT_EQ(d.command(ask::stop()), Accepted::started);
        EXPECT_TRUE(process_unproven(d.s));
    }
}

// Nothing but commands moves a server that no sequence runs on.
TEST(Idle, NothingMovesWithoutACommand) {
    for (const ServerState state : {ready, drained, stopped, failed, down}) {
        Driver d = arrive(state, Goal::none);
        for (const RunStatus status : {RunStatus::none, RunStatus::running, RunStatus::failed}) {
            Observation seen = busy(1);
            seen.run = d.s.run;
            seen.run_status = status;
            const Effects now = d.after(24 * 3600 * 1000, seen);
            EXPECT_EQ(d.s.state, state);
            EXPECT_EQ(now.in_rotation, state == ready);
            EXPECT_EQ(now.run, std::nullopt);
        }
    }
}

}  // namespace
}  // namespace lbdrain::test
