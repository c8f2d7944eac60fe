// Every wait says what it waits for.
#include "lbdrain/waiting_for.hpp"

#include "sequence_driver.hpp"

namespace lbdrain::test {
namespace {

using enum ServerState;

std::string words(const Driver& d, const Observation& seen) {
    return waiting_for(d.s, seen, d.now);
}

TEST(DurationText, IsShortAndRoundsDown) {
    EXPECT_EQ(duration_text(0), "0 ms");
    EXPECT_EQ(duration_text(850), "850 ms");
    EXPECT_EQ(duration_text(999), "999 ms");
    EXPECT_EQ(duration_text(1'000), "1.0 s");
    EXPECT_EQ(duration_text(12'399), "12.3 s");
    EXPECT_EQ(duration_text(59'999), "59.9 s");
    EXPECT_EQ(duration_text(60'000), "1m 0s");
    EXPECT_EQ(duration_text(898'000), "14m 58s");
    EXPECT_EQ(duration_text(3'600'000), "1h 0m");
    EXPECT_EQ(duration_text(7'500'000), "2h 5m");
}

TEST(WaitingFor, RequestsAndTheDeadline) {
    Driver d = arrive(draining, Goal::drained);
    EXPECT_EQ(words(d, busy(1)), "1 request in flight; 1m 0s left to the deadline");
    d.now += 58'500;
    EXPECT_EQ(words(d, busy(3)), "3 requests in flight; 1.5 s left to the deadline");
    EXPECT_EQ(words(d, busy(0, 2)), "0 requests in flight, 2 queued; 1.5 s left to the deadline");
    d.now += 5'000;
    EXPECT_EQ(words(d, busy(3)), "3 requests in flight; 0 ms left to the deadline");
}

TEST(WaitingFor, OverdueWaitSaysSo) {
    Driver d;
    Command c = ask::drain();
    c.policy.on_timeout = OnTimeout::wait;
    ASSERT_EQ(d.command(c), Accepted::started);
    d.after(drain_timeout, busy(2));
    EXPECT_EQ(words(d, busy(2)), "2 requests in flight; past the deadline, waiting on as asked");
}

TEST(WaitingFor, WorkersAndSettle) {
    Driver d = arrive(draining, Goal::drained);
    Observation seen = zero();
    seen.complete = false;
    EXPECT_EQ(words(d, seen), "a worker whose count cannot be read yet");
    seen = zero();
    seen.out_of_rotation = false;
    EXPECT_EQ(words(d, seen), "a worker that has yet to take it out of rotation");
    EXPECT_EQ(words(d, zero()), "nothing in flight, to hold for 1.0 s more");
    d.after(0, zero());
    d.after(300, zero());
    EXPECT_EQ(words(d, zero()), "nothing in flight, to hold for 700 ms more");
}

TEST(WaitingFor, HooksForHowLongAndWhatTheySay) {
    Driver d = arrive(stopping, Goal::restarted);
    EXPECT_EQ(words(d, zero()), "the stop hook (0 ms)");
    d.run_says(RunStatus::running, "unit vllm@a.service is deactivating", 2'500);
    EXPECT_EQ(words(d, zero()), "the stop hook (2.5 s): unit vllm@a.service is deactivating");
    d.run_succeeds();
    EXPECT_EQ(words(d, zero()), "the start hook (0 ms)");
    d.run_succeeds();
    d.now += 61'000;
    EXPECT_EQ(words(d, zero()), "the ready check (1m 1s)");
}

TEST(WaitingFor, TheRamp) {
    Driver d = arrive(warming, Goal::ready);
    d.now = d.s.since + 2'500;
    EXPECT_EQ(words(d, busy(1)), "its share of the traffic to ramp up, 7.5 s to go");
}

TEST(WaitingFor, TheBalancersThenTheRamp) {
    Driver d = arrive(drained, Goal::none);
    Command c = ask::ready();
    c.check = false;
    c.policy.confirm = true;
    ASSERT_EQ(d.command(c), Accepted::started);
    Observation seen = zero();
    EXPECT_EQ(words(d, seen), "every balancer to send it traffic again");
    seen.back = true;
    EXPECT_EQ(words(d, seen), "its share of the traffic to ramp up, 10.0 s to go");
}

TEST(WaitingFor, NothingWhenNothingRuns) {
    for (const ServerState state : {ready, drained, stopped, failed, down}) {
        EXPECT_EQ(words(arrive(state, Goal::none), busy(1)), "") << to_string(state);
    }
}

}  // namespace
}  // namespace lbdrain::test
