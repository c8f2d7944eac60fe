// Draining: what counts as zero, for how long it must hold, and what the deadline does.
#include "sequence_driver.hpp"

namespace lbdrain::test {
namespace {

using enum ServerState;

Driver draining_with(OnTimeout on_timeout, Command c) {
    Driver d;
    c.policy.on_timeout = on_timeout;
    EXPECT_EQ(d.command(c), Accepted::started);
    return d;
}

TEST(Drain, LeavesRotationAtOnce) {
    Driver d;
    ASSERT_TRUE(d.effects().in_rotation);
    ASSERT_EQ(d.command(ask::drain()), Accepted::started);
    EXPECT_FALSE(d.effects().in_rotation);
    EXPECT_EQ(d.s.deadline, d.now + drain_timeout);
    EXPECT_TRUE(running(d.s));
}

TEST(Drain, IsDrainedOnceZeroWasHeldForSettle) {
    Driver d = arrive(draining, Goal::drained);
    const auto id = d.s.id;
    d.after(5'000, busy(2));
    d.after(100, zero());
    d.after(settle - 1, zero());
    EXPECT_EQ(d.s.state, draining);
    d.after(1, zero());
    EXPECT_EQ(d.s.state, drained);
    EXPECT_FALSE(d.effects().in_rotation);
    EXPECT_FALSE(running(d.s));
    EXPECT_EQ(d.s.last.id, id);
    EXPECT_EQ(d.s.last.goal, Goal::drained);
    EXPECT_EQ(d.s.last.outcome, Outcome::reached);
    EXPECT_EQ(d.s.last.at, d.now);
    EXPECT_EQ(d.s.last.left, 0U);
}

TEST(Drain, ZeroSettleTakesTheFirstZero) {
    Driver d;
    Command c = ask::drain();
    c.policy.settle = 0;
    ASSERT_EQ(d.command(c), Accepted::started);
    d.after(1, busy(1));
    EXPECT_EQ(d.s.state, draining);
    d.after(1, zero());
    EXPECT_EQ(d.s.state, drained);
}

class NotZero : public testing::TestWithParam<Observation> {};

// Looks like nothing is in flight, and is no zero all the same: it restarts the wait.
TEST_P(NotZero, RestartsSettle) {
    Driver d = arrive(draining, Goal::drained);
    d.after(10, zero());
    d.after(settle - 1, zero());
    d.after(1, GetParam());
    EXPECT_EQ(d.s.state, draining);
    d.after(1, zero());
    d.after(settle - 1, zero());
    EXPECT_EQ(d.s.state, draining);
    d.after(1, zero());
    EXPECT_EQ(d.s.state, drained);
}

TEST_P(NotZero, NeverBecomesDrained) {
    Driver d = draining_with(OnTimeout::wait, ask::drain());
    for (int i = 0; i < 1000; ++i) {
        d.after(settle, GetParam());
        ASSERT_EQ(d.s.state, draining);
    }
}

Observation incomplete() {
    Observation seen = zero();
    seen.complete = false;
    return seen;
}
Observation still_routed() {
    Observation seen = zero();
    seen.out_of_rotation = false;
    return seen;
}

INSTANTIATE_TEST_SUITE_P(Kinds, NotZero,
                         testing::Values(busy(1), busy(0, 1), incomplete(), still_routed(),
                                         Observation{}));

TEST(DrainDeadline, ReadmitPutsItBackAndSaysWhatWasLeft) {
    for (const Command& c : {ask::drain(), ask::stop(), ask::restart()}) {
        Driver d = draining_with(OnTimeout::readmit, c);
        const auto id = d.s.id;
        d.after(drain_timeout - 1, busy(4, 1));
        EXPECT_EQ(d.s.state, draining);
        const Effects now = d.after(1, busy(3, 1));
        EXPECT_EQ(d.s.state, ready);
        EXPECT_TRUE(now.in_rotation);
        EXPECT_EQ(now.run, std::nullopt);
        EXPECT_FALSE(running(d.s));
        EXPECT_EQ(d.s.last.id, id);
        EXPECT_EQ(d.s.last.goal, c.goal);
        EXPECT_EQ(d.s.last.outcome, Outcome::drain_timeout);
        EXPECT_EQ(d.s.last.left, 4U);
        EXPECT_EQ(d.s.cut, 0U);
    }
}

TEST(DrainDeadline, ReadmitSaysWhenItWasNoRequestThatStoodInTheWay) {
    Driver d = draining_with(OnTimeout::readmit, ask::drain());
    d.after(drain_timeout, incomplete());
    EXPECT_EQ(d.s.last.outcome, Outcome::drain_timeout);
    EXPECT_EQ(d.s.last.text.view(), "the count of a worker or balancer could not be read");

    d = draining_with(OnTimeout::readmit, ask::drain());
    d.after(drain_timeout, still_routed());
    EXPECT_EQ(d.s.last.text.view(), "a worker or balancer had not taken it out of rotation");
}

TEST(DrainDeadline, StopGoesOnAndSaysWhatWasCut) {
    Driver d = draining_with(OnTimeout::stop, ask::stop());
    const Effects now = d.after(drain_timeout, busy(2, 3));
    EXPECT_EQ(d.s.state, stopping);
    EXPECT_FALSE(now.in_rotation);
    EXPECT_EQ(now.run, (lbdrain::Run{RunKind::stop, 1}));
    EXPECT_EQ(d.s.cut, 5U);
    d.run_succeeds();
    EXPECT_EQ(d.s.last.outcome, Outcome::reached);
    EXPECT_EQ(d.s.last.left, 5U);
}

TEST(DrainDeadline, StopPutsAPlainDrainBack) {
    Driver d = draining_with(OnTimeout::stop, ask::drain());
    d.after(drain_timeout, busy(2));
    EXPECT_EQ(d.s.state, ready);
    EXPECT_EQ(d.s.last.outcome, Outcome::drain_timeout);
    EXPECT_EQ(d.s.cut, 0U);
}

TEST(DrainDeadline, WaitGoesOnAndSaysSo) {
    Driver d = draining_with(OnTimeout::wait, ask::stop());
    d.after(drain_timeout - 1, busy(1));
    EXPECT_FALSE(d.s.overdue);
    d.after(1, busy(1));
    EXPECT_TRUE(d.s.overdue);
    d.after(100 * drain_timeout, busy(1));
    EXPECT_EQ(d.s.state, draining);
    EXPECT_FALSE(d.effects().in_rotation);
    d.hold_zero();
    EXPECT_EQ(d.s.state, stopping);
    EXPECT_FALSE(d.s.overdue);
    EXPECT_EQ(d.s.cut, 0U);
}

TEST(DrainDeadline, ExtensionGivesAnOverdueDrainANewDeadline) {
    Driver d = draining_with(OnTimeout::wait, ask::drain());
    d.after(drain_timeout, busy(1));
    ASSERT_TRUE(d.s.overdue);
    ASSERT_EQ(d.command(ask::stop()), Accepted::extended);
    EXPECT_FALSE(d.s.overdue);
    d.after(drain_timeout, busy(1));
    EXPECT_EQ(d.s.state, ready) << "the new command's on_timeout is readmit";
}

TEST(DrainDeadline, AZeroThatIsHoldingMayFinishSettling) {
    Driver d = draining_with(OnTimeout::readmit, ask::drain());
    d.after(drain_timeout - 1, zero());
    d.after(2, zero());
    EXPECT_EQ(d.s.state, draining);
    d.after(settle, zero());
    EXPECT_EQ(d.s.state, drained);

    d = draining_with(OnTimeout::readmit, ask::drain());
    d.after(drain_timeout - 1, zero());
    d.after(2, busy(1));
    EXPECT_EQ(d.s.state, ready) << "a flicker past the deadline";
}

// Zero is asked for anew: hours may lie between `drain` and `stop`.
TEST(Drain, StopOfADrainedServerLooksAgain) {
    Driver d = arrive(drained, Goal::none);
    ASSERT_EQ(d.command(ask::stop()), Accepted::started);
    EXPECT_EQ(d.effects().run, std::nullopt);
    EXPECT_FALSE(d.effects().in_rotation);
    d.after(3 * settle, busy(1));
    EXPECT_EQ(d.s.state, draining);
    d.hold_zero();
    EXPECT_EQ(d.s.state, stopping);
}

struct PutBack {
    ServerState before;
    Goal goal;
    ServerState after;
};

class DrainFromOutside : public testing::TestWithParam<PutBack> {};

// Put back means: where it was. What was out of rotation is never put into it by a deadline.
TEST_P(DrainFromOutside, DeadlineDoesNotLetTrafficIn) {
    Driver d = arrive(GetParam().before, GetParam().goal);
    ASSERT_EQ(d.command(ask::stop()), Accepted::started);
    d.after(drain_timeout, incomplete());
    EXPECT_EQ(d.s.state, GetParam().after);
    EXPECT_EQ(d.s.last.outcome, Outcome::drain_timeout);
    EXPECT_EQ(d.effects().run, std::nullopt);
}

// ... and it is no untouched process either: `ready` has to pass the check.
TEST_P(DrainFromOutside, ReadyDuringTheDrainChecksUnlessItWasInRotation) {
    Driver d = arrive(GetParam().before, GetParam().goal);
    ASSERT_EQ(d.command(ask::stop()), Accepted::started);
    ASSERT_EQ(d.command(ask::ready()), Accepted::started);
    EXPECT_EQ(d.s.state, in_rotation(GetParam().before) ? warming : starting);
}

INSTANTIATE_TEST_SUITE_P(
    States, DrainFromOutside,
    testing::Values(PutBack{ready, Goal::none, ready}, PutBack{warming, Goal::ready, ready},
                    PutBack{failed, Goal::none, failed}, PutBack{down, Goal::none, down},
                    // `drained` would promise a zero that was not seen.
                    PutBack{drained, Goal::none, down}),
    [](const auto& each) { return std::string(to_string(each.param.before)); });

TEST(Drain, ExtensionRemembersWhereTheDrainBegan) {
    Driver d = arrive(failed, Goal::none);
    ASSERT_EQ(d.command(ask::drain()), Accepted::started);
    ASSERT_EQ(d.command(ask::restart()), Accepted::extended);
    d.after(drain_timeout, busy(1));
    EXPECT_EQ(d.s.state, failed);
}

}  // namespace
}  // namespace lbdrain::test
