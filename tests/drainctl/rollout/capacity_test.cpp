#include "rollout/capacity.hpp"

#include <gmock/gmock.h>

namespace lbdrain::ctl {
namespace {

using testing::ElementsAre;
using testing::SizeIs;

Plan plan(unsigned max_unavailable) {
    const std::vector<PlanServer> servers{
        {.name = "a",
         .address = "10.0.1.1:8000",
         .in_rotation = true,
         .in_flight = 12,
         .state = "ready",
         .weight = 2},
        {.name = "gpu-b", .address = "10.0.1.2:8000", .in_rotation = true, .state = "ready"},
        {.name = "c", .address = "10.0.1.30:8000", .in_rotation = false, .state = "drained"}};
    const auto made = make_plan(servers, {.max_unavailable = max_unavailable, .force = true});
    EXPECT_TRUE(made);
    return *made;
}

TEST(Capacity, CountsWhatIsLeftAtEachStep) {
    const auto steps = capacity_by_step(plan(1));
    ASSERT_THAT(steps, SizeIs(3));
    EXPECT_THAT(steps[0].out, ElementsAre("a"));
    EXPECT_EQ(steps[0].ready_left, 1U);
    EXPECT_EQ(steps[0].weight_left, 1U);
    EXPECT_EQ(steps[0].percent_left(), 25U);
    EXPECT_EQ(steps[1].percent_left(), 50U);
    // The last one was out to begin with.
    EXPECT_EQ(steps[2].ready_left, 2U);
    EXPECT_EQ(steps[2].percent_left(), 75U);
}

TEST(Capacity, TakesTheWorstOfSeveralAtOnce) {
    const auto steps = capacity_by_step(plan(2));
    EXPECT_THAT(steps[0].out, ElementsAre("a"));
    EXPECT_THAT(steps[1].out, ElementsAre("a", "gpu-b"));
    EXPECT_EQ(steps[1].ready_left, 0U);
    EXPECT_THAT(steps[2].out, ElementsAre("gpu-b", "c"));
    EXPECT_EQ(steps[2].ready_left, 1U);
}

TEST(Capacity, OfNoWeightIsNothing) {
    EXPECT_EQ(StepCapacity{}.percent_left(), 0U);
}

TEST(Capacity, IsATable) {
    EXPECT_EQ(render_table(capacity_by_step(plan(1))),
              "STEP  SERVER  ADDRESS         STATE    IN FLIGHT  OUT AT ONCE  LEFT IN ROTATION\n"
              "1     a       10.0.1.1:8000   ready    12         a            1 of 3 servers, "
              "25% of weight\n"
              "2     gpu-b   10.0.1.2:8000   ready    0          gpu-b        1 of 3 servers, "
              "50% of weight\n"
              "3     c       10.0.1.30:8000  drained  0          c            2 of 3 servers, "
              "75% of weight\n");
}

TEST(Capacity, TableKeepsTheTerminalSafe) {
    StepCapacity step;
    step.server.name = "\x1B[2Jä\n";
    const std::string table = render_table({step});
    EXPECT_THAT(table, testing::HasSubstr("1     ?[2Jä?"));
    EXPECT_THAT(table, testing::Not(testing::HasSubstr("\x1B")));
}

}  // namespace
}  // namespace lbdrain::ctl
