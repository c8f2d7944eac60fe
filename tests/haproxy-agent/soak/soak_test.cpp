// Nothing is dropped, whatever happens to HAProxy and the agent meanwhile; and the same harness
// finds what naive draining drops.
#include <gtest/gtest.h>

#include <iostream>

#include "soak.hpp"

namespace lbdrain::test {
namespace {

class Soak : public testing::Test {
  protected:
    // Prints the figures: they are the point of these tests.
    static SoakResult run(SoakRig& rig, const SoakPlan& plan) {
        SoakResult result = rig.run(plan);
        std::cout << result << std::endl;
        EXPECT_TRUE(result.surprises.empty()) << result << "\n" << rig.agent().log();
        return result;
    }

    static void expect_nothing_dropped(SoakRig& rig, const SoakResult& result,
                                       const SoakPlan& plan) {
        EXPECT_EQ(result.load.failed(), 0) << rig.agent().log();
        EXPECT_EQ(result.cut_at_replicas, 0);
        EXPECT_EQ(result.stuck, 0) << rig.agent().log();
        EXPECT_GE(result.restarts, plan.restarts_least);
        EXPECT_GT(result.load.ok, 300);
        EXPECT_EQ(result.load.ok_by_replica.size(), 3U);
    }
};

TEST_F(Soak, ReloadsDropNothingWithTheLuaCommand) {
    SoakRig rig(SoakMode::lua);
    const SoakPlan plan{.seed = 21};
    expect_nothing_dropped(rig, run(rig, plan), plan);
}

TEST_F(Soak, ReloadsDropNothingWhenOldWorkersAreWaitedOut) {
    SoakRig rig(SoakMode::wait_for_exit);
    const SoakPlan plan{.seed = 22};
    expect_nothing_dropped(rig, run(rig, plan), plan);
}

TEST_F(Soak, KilledAgentsDropNothing) {
    SoakRig rig(SoakMode::lua);
    const SoakPlan plan{.seed = 23, .steps = 16, .agent_kill_share = 1};
    const auto result = run(rig, plan);
    expect_nothing_dropped(rig, result, plan);
    EXPECT_GT(result.agent_kills, 3);
}

TEST_F(Soak, NaiveDrainingIsCleanOnlyWithoutReloads) {
    SoakRig rig(SoakMode::naive);
    const auto result = run(rig, {.seed = 24, .steps = 0});
    EXPECT_EQ(result.load.failed(), 0);
    EXPECT_EQ(result.stuck, 0);
}

TEST_F(Soak, NaiveDrainingDropsUnderReloads) {
    SoakRig rig(SoakMode::naive);
    const auto result = run(rig, {.seed = 25});
    EXPECT_GT(result.load.failed(), 20);
    EXPECT_GT(result.cut_at_replicas, 0);
}

}  // namespace
}  // namespace lbdrain::test
