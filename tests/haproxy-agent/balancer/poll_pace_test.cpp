#include "balancer/poll_pace.hpp"

#include <gtest/gtest.h>

namespace lbdrain::agent {
namespace {

Seen seen_out(bool out, std::uint64_t revision = 0) {
    Seen seen;
    seen.out = out;
    seen.in = !out;
    seen.revision = revision;
    return seen;
}

Snapshot snapshot_of(Seen seen) {
    Snapshot snapshot;
    snapshot.reachable = true;
    snapshot.servers = {std::move(seen)};
    return snapshot;
}

Millis rest(const Seen& seen, const Wanted& wanted, Millis took) {
    return rest_after(snapshot_of(seen), {&wanted, 1}, took);
}

TEST(PollPace, RestsASecondWhenNothingIsWanted) {
    EXPECT_EQ(rest(seen_out(false), {}, 1), 1000);
}

TEST(PollPace, LooksOftenWhileADrainIsWatchedOrNotConfirmed) {
    Wanted drain{.rotation = Rotation::drain, .watched = true};
    EXPECT_EQ(rest(seen_out(true), drain, 1), 10);
    drain.watched = false;
    EXPECT_EQ(rest(seen_out(true), drain, 1), 250);
    EXPECT_EQ(rest(seen_out(false), drain, 1), 10);
    drain.revision = 2;
    EXPECT_EQ(rest(seen_out(true, 1), drain, 1), 10);
    EXPECT_EQ(rest(seen_out(true), {.rotation = Rotation::readmit}, 1), 10);
    EXPECT_EQ(rest(seen_out(false), {.rotation = Rotation::readmit}, 1), 1000);
}

TEST(PollPace, LeavesTheBalancerFourFifthsOfTheTime) {
    const Wanted drain{.rotation = Rotation::drain, .watched = true};
    EXPECT_EQ(rest(seen_out(true), drain, 30), 120);
    EXPECT_EQ(rest(seen_out(true), drain, 5000), 1000);
    EXPECT_EQ(rest(seen_out(true), {.rotation = Rotation::drain}, 100), 400);
}

TEST(PollPace, TriesABalancerThatIsAwayLessOften) {
    const Wanted drain{.rotation = Rotation::drain};
    EXPECT_EQ(rest_after({}, {&drain, 1}, 0), 100);
    const Wanted keep;
    EXPECT_EQ(rest_after({}, {&keep, 1}, 0), 1000);
}

// One that waited for a disk or for its turn on a busy machine cost the balancer nothing more.
TEST(PollCost, ASlowPollAmongQuickOnesIsNotItsCost) {
    PollCost cost;
    EXPECT_EQ(cost.after(2, true), 2);
    EXPECT_EQ(cost.after(128, true), 2);
    EXPECT_EQ(cost.after(3, true), 2);
}

TEST(PollCost, IsWhatPollsHaveCostForAWhile) {
    PollCost cost;
    cost.after(2, true);
    for (std::size_t i = 1; i < PollCost::kept; ++i) {
        EXPECT_EQ(cost.after(200, true), 2);
    }
    EXPECT_EQ(cost.after(210, true), 200);
    EXPECT_EQ(cost.after(150, true), 150) << "it falls at once";
}

TEST(PollCost, APollThatReadNothingTellsNothingOfTheNext) {
    PollCost cost;
    cost.after(200, true);
    EXPECT_EQ(cost.after(0, false), 0);
    EXPECT_EQ(cost.after(5000, false), 5000);
    EXPECT_EQ(cost.after(250, true), 200);
}

}  // namespace
}  // namespace lbdrain::agent
