#include "rollout/plan.hpp"

#include <gmock/gmock.h>

namespace lbdrain::ctl {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;
using testing::SizeIs;
using Kind = PlanError::Kind;

std::vector<PlanServer> four() {
    return {{.name = "gpu-a", .in_rotation = true, .in_flight = 7},
            {.name = "gpu-b", .in_rotation = true, .in_flight = 2},
            {.name = "gpu-c", .in_rotation = true, .in_flight = 2},
            {.name = "gpu-d", .in_rotation = false, .in_flight = 9}};
}

std::vector<std::string> names(const PlanOptions& options) {
    const auto plan = make_plan(four(), options);
    EXPECT_TRUE(plan) << plan.error()[0].text;
    return plan ? plan->names() : std::vector<std::string>{};
}

// The first of the errors, of which there is one.
PlanError error(const std::vector<PlanServer>& servers, const PlanOptions& options) {
    const auto plan = make_plan(servers, options);
    EXPECT_FALSE(plan);
    EXPECT_THAT(plan.error(), SizeIs(1));
    return plan.error()[0];
}

TEST(Plan, TakesAllAsListed) {
    EXPECT_THAT(names({}), ElementsAre("gpu-a", "gpu-b", "gpu-c", "gpu-d"));
}

TEST(Plan, TakesTheLeastBusyFirst) {
    EXPECT_THAT(names({.order = StepOrder::least_busy}),
                ElementsAre("gpu-d", "gpu-b", "gpu-c", "gpu-a"));
}

TEST(Plan, TakesTheNamedFirst) {
    EXPECT_THAT(names({.order = StepOrder::named, .names = {"gpu-c", "gpu-a"}}),
                ElementsAre("gpu-c", "gpu-a", "gpu-b", "gpu-d"));
}

TEST(Plan, LeavesOut) {
    EXPECT_THAT(names({.only = {"gpu-c", "gpu-a"}}), ElementsAre("gpu-a", "gpu-c"));
    EXPECT_THAT(names({.skip = {"gpu-b"}}), ElementsAre("gpu-a", "gpu-c", "gpu-d"));
    EXPECT_THAT(names({.only = {"gpu-c", "gpu-a"}, .skip = {"gpu-a"}}), ElementsAre("gpu-c"));
    EXPECT_EQ(error(four(), {.only = {"gpu-a"}, .skip = {"gpu-a"}}).kind, Kind::usage);
    EXPECT_THAT(error({}, {}).text, HasSubstr("no servers"));
}

TEST(Plan, TellsEveryMistakeAndWhatWasMeant) {
    const auto plan = make_plan(four(), {.order = StepOrder::named,
                                         .names = {"gpu-a", "gpu-a"},
                                         .only = {"gpux-a"},
                                         .skip = {"db"},
                                         .max_unavailable = 0,
                                         .pause = -1});
    ASSERT_FALSE(plan);
    std::string all;
    for (const PlanError& each : plan.error()) {
        EXPECT_EQ(each.kind, Kind::usage);
        all += each.text + "\n";
    }
    EXPECT_EQ(all,
              "order names \"gpu-a\" twice\n"
              "only: no server is called \"gpux-a\", did you mean \"gpu-a\"?\n"
              "skip: no server is called \"db\"\n"
              "max-unavailable must be 1 or more\n"
              "pause cannot be less than nothing\n");
}

TEST(Plan, LeavesMinReady) {
    EXPECT_TRUE(make_plan(four(), {.max_unavailable = 2, .min_ready = 1}));
    const PlanError refused = error(four(), {.max_unavailable = 2, .min_ready = 2});
    EXPECT_EQ(refused.kind, Kind::guard);
    EXPECT_THAT(refused.text,
                HasSubstr("3 of 4 servers are in rotation; 2 out at once would leave 1, fewer "
                          "than 2"));
    EXPECT_TRUE(make_plan(four(), {.max_unavailable = 2, .min_ready = 2, .force = true}));
}

TEST(Plan, NeverTakesTheLastReadyServer) {
    EXPECT_EQ(error(four(), {.max_unavailable = 3, .min_ready = 0}).kind, Kind::guard);
    EXPECT_EQ(error(four(), {.max_unavailable = 99, .min_ready = 0}).kind, Kind::guard);
    const std::vector<PlanServer> one{{.name = "a", .in_rotation = true}};
    EXPECT_EQ(error(one, {}).kind, Kind::guard);
}

TEST(Plan, CountsOnlyWhatItTakesOut) {
    // Two at once of which one is out anyway.
    EXPECT_TRUE(
        make_plan(four(), {.only = {"gpu-a", "gpu-d"}, .max_unavailable = 2, .min_ready = 2}));
    // None is ready: nothing can get worse.
    EXPECT_TRUE(make_plan({{.name = "a", .in_rotation = false}}, {}));
}

}  // namespace
}  // namespace lbdrain::ctl
