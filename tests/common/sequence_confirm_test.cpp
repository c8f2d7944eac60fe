// The way back where balancers are told over a connection: it ends once the server was seen there.
#include "sequence_driver.hpp"

namespace lbdrain::test {
namespace {

using enum ServerState;

Command confirmed(Command command, Millis ramp = 0) {
    command.policy.confirm = true;
    command.policy.slow_start = ramp;
    return command;
}

Observation seen_back(bool back) {
    Observation seen = zero();
    seen.out_of_rotation = !back;
    seen.back = back;
    return seen;
}

// Drained, and told to come back.
Driver on_the_way_back(Millis ramp = 0) {
    Driver d = arrive(drained, Goal::none);
    Command c = confirmed(ask::ready(), ramp);
    c.check = false;
    EXPECT_EQ(d.command(c), Accepted::started);
    return d;
}

TEST(Confirm, EndsWhenTheServerIsSeenBack) {
    Driver d = on_the_way_back();
    EXPECT_EQ(d.s.state, warming) << "put back is not yet back";
    EXPECT_TRUE(d.effects().in_rotation);
    EXPECT_EQ(d.effects().weight_percent, 100U) << "there is no ramp";
    d.after(5'000, seen_back(false));
    EXPECT_EQ(d.s.state, warming);
    EXPECT_TRUE(running(d.s));
    d.after(100, seen_back(true));
    EXPECT_EQ(d.s.state, ready);
    EXPECT_EQ(d.s.last.outcome, Outcome::reached);
}

TEST(Confirm, WaitsForTheRampToo) {
    Driver d = on_the_way_back(slow_start);
    d.after(slow_start - 1, seen_back(true));
    EXPECT_EQ(d.s.state, warming);
    d.after(1, seen_back(false));
    EXPECT_EQ(d.s.state, warming);
    d.after(100, seen_back(true));
    EXPECT_EQ(d.s.state, ready);
}

// It stays in rotation all the same: there is no reason to take it out again.
TEST(Confirm, GivesUpAfterTheReadyTimeout) {
    for (const Millis ramp : {Millis{0}, slow_start}) {
        Driver d = on_the_way_back(ramp);
        const auto id = d.s.id;
        d.after(ramp + ready_timeout - 1, seen_back(false));
        EXPECT_EQ(d.s.state, warming);
        d.after(1, seen_back(false));
        EXPECT_EQ(d.s.state, ready);
        EXPECT_EQ(d.s.last.outcome, Outcome::not_ready);
        EXPECT_EQ(d.s.last.id, id);
        EXPECT_EQ(d.s.last.text, "put back, but not every balancer sends it traffic");
        EXPECT_TRUE(d.effects().in_rotation);
    }
}

TEST(Confirm, ARestartEndsWithIt) {
    Driver d;
    ASSERT_EQ(d.command(confirmed(ask::restart())), Accepted::started);
    d.hold_zero();
    d.run_succeeds("stopped by SIGTERM");
    d.run_succeeds();
    d.run_succeeds();
    EXPECT_EQ(d.s.state, warming);
    EXPECT_EQ(d.effects().run, std::nullopt);
    d.after(100, seen_back(true));
    EXPECT_EQ(d.s.state, ready);
    EXPECT_EQ(d.s.last.goal, Goal::restarted);
    EXPECT_EQ(d.s.last.text, "stopped by SIGTERM");
}

TEST(Confirm, ADrainMayTakeOverMeanwhile) {
    Driver d = on_the_way_back();
    ASSERT_EQ(d.command(confirmed(ask::drain())), Accepted::started);
    EXPECT_EQ(d.s.last.outcome, Outcome::cancelled);
    EXPECT_EQ(d.s.state, draining);
    EXPECT_FALSE(process_unproven(d.s));
    d.hold_zero();
    EXPECT_EQ(d.s.state, drained);
}

TEST(Confirm, ARebootBeginsTheWaitAnew) {
    Driver d = on_the_way_back();
    d.after(ready_timeout - 1, seen_back(false));
    d.now = 50;
    rebase(d.s, d.now);
    d.after(ready_timeout - 1, seen_back(false));
    EXPECT_EQ(d.s.state, warming);
    d.after(1, seen_back(true));
    EXPECT_EQ(d.s.last.outcome, Outcome::reached);
}

TEST(Confirm, IsNotAskedWhereThePolicyDoesNot) {
    Driver d = arrive(drained, Goal::none);
    Command c = ask::ready();
    c.check = false;
    ASSERT_EQ(d.command(c), Accepted::started);
    d.after(slow_start, seen_back(false));
    EXPECT_EQ(d.s.state, ready);
}

}  // namespace
}  // namespace lbdrain::test
