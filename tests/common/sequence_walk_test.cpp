// Random walks: the rules of the design hold at every step, whatever happens.
// A failure names its seed; one seed always takes the same walk.
#include <gmock/gmock.h>

#include "walk.hpp"

namespace lbdrain::test {
namespace {

constexpr std::uint64_t seeds = 200;
constexpr int steps = 5'000;

using enum ServerState;
using Edge = std::pair<ServerState, ServerState>;

TEST(SequenceWalk, KeepsTheRules) {
    Seen seen;
    for (std::uint64_t seed = 1; seed <= seeds; ++seed) {
        const std::string broken = Walk(seed, seen).run(steps);
        ASSERT_EQ(broken, "") << "seed " << seed;
    }
    RecordProperty("steps", std::to_string(seen.steps));
    RecordProperty("commands", std::to_string(seen.commands));
    RecordProperty("sequences", std::to_string(seen.sequences));
    RecordProperty("stops", std::to_string(seen.stops));
    RecordProperty("crashes", std::to_string(seen.crashes));

    EXPECT_EQ(seen.steps, seeds * steps);
    EXPECT_GE(seen.sequences, 10'000U);
    EXPECT_GE(seen.stops, 2'000U);
    EXPECT_GE(seen.crashes, 10'000U);
    EXPECT_THAT(seen.outcomes, testing::UnorderedElementsAre(
                                   Outcome::reached, Outcome::drain_timeout, Outcome::stop_failed,
                                   Outcome::not_ready, Outcome::cancelled));
    EXPECT_THAT(seen.edges,
                testing::IsSupersetOf(
                    {Edge{ready, draining},   Edge{draining, drained},  Edge{draining, stopping},
                     Edge{stopping, stopped}, Edge{stopping, starting}, Edge{stopped, starting},
                     Edge{starting, warming}, Edge{starting, ready},    Edge{warming, ready},
                     Edge{draining, ready},   Edge{stopping, failed},   Edge{starting, failed},
                     Edge{draining, warming}, Edge{draining, failed},   Edge{draining, down},
                     Edge{drained, draining}, Edge{warming, draining},  Edge{failed, draining},
                     Edge{stopping, down},    Edge{down, starting}}));
}

}  // namespace
}  // namespace lbdrain::test
