// A failure names its seed; one seed always takes the same walk.
#include "agent_walk.hpp"

namespace lbdrain::agent::test {
namespace {

constexpr std::uint64_t seeds = 60;
constexpr int steps = 2'000;

TEST(AgentWalk, KeepsTheRules) {
    WalkCounts counts;
    for (std::uint64_t seed = 1; seed <= seeds; ++seed) {
        ASSERT_EQ(AgentWalk(seed, counts).run(steps), "") << "seed " << seed;
    }
    RecordProperty("commands", std::to_string(counts.commands));
    RecordProperty("stops", std::to_string(counts.stops));
    RecordProperty("kills", std::to_string(counts.kills));
    EXPECT_GE(counts.commands - counts.refused, 1'000U);
    EXPECT_GE(counts.stops - counts.cuts, 100U);
    EXPECT_GE(counts.cuts, 10U);
    EXPECT_GE(counts.kills, 1'000U);
    EXPECT_GE(counts.requests, 10'000U);
}

}  // namespace
}  // namespace lbdrain::agent::test
