// Nothing is dropped, whatever happens to NGINX meanwhile; and the same harness finds what naive
// draining drops.
#include <gtest/gtest.h>

#include <iostream>

#include "chaos.hpp"

namespace lbdrain::test {
namespace {

class Chaos : public testing::Test {
  protected:
    // Prints the figures: they are the point of these tests.
    static ChaosResult run(ChaosRig& rig, const ChaosPlan& plan) {
        ChaosResult result = rig.run(plan);
        std::cout << result << std::endl;
        EXPECT_TRUE(result.surprises.empty()) << result;
        return result;
    }

    static void expect_nothing_dropped(const ChaosResult& result, const ChaosPlan& plan) {
        EXPECT_EQ(result.load.failed(), 0);
        EXPECT_EQ(result.cut_at_replicas, 0);
        EXPECT_EQ(result.stuck, 0);
        EXPECT_GE(result.restarts, plan.restarts_least);
        EXPECT_GT(result.load.ok, 300);
        EXPECT_EQ(result.load.ok_by_replica.size(), 3U);
    }
};

TEST_F(Chaos, ReloadsDropNothing) {
    ChaosRig rig(Draining::lbdrain);
    const ChaosPlan plan{.seed = 11, .steps = 32};
    const auto result = run(rig, plan);
    expect_nothing_dropped(result, plan);
    EXPECT_EQ(result.reloads, 32);
    rig.nginx().expect_clean_log();
}

TEST_F(Chaos, ReloadsAndBinaryUpgradesDropNothing) {
    ChaosRig rig(Draining::lbdrain);
    const ChaosPlan plan{.seed = 12, .steps = 16, .reload_share = 1, .upgrade_share = 1};
    const auto result = run(rig, plan);
    expect_nothing_dropped(result, plan);
    EXPECT_GT(result.upgrades, 0);
    rig.nginx().expect_clean_log();
}

// What was inside a killed worker is lost with it, whoever balances; everything else is not, and no
// drain waits for the dead.
TEST_F(Chaos, KilledWorkersLoseOnlyWhatTheyHeld) {
    ChaosRig rig(Draining::lbdrain);
    const ChaosPlan plan{.seed = 13, .steps = 20, .reload_share = 0, .kill_share = 1};
    const auto result = run(rig, plan);
    EXPECT_GT(result.kills, 10);
    EXPECT_EQ(result.stuck, 0);
    EXPECT_GE(result.restarts, plan.restarts_least);
    // 40 clients over 2 workers: no kill can lose more than all of them.
    EXPECT_LE(result.load.failed(), result.kills * 40);
    // A replica's death cut nothing: bad answers would have come from it.
    EXPECT_EQ(result.load.failed(LoadFault::bad_status), 0);
    EXPECT_EQ(result.load.failed(LoadFault::wrong_tokens), 0);
    EXPECT_EQ(result.load.failed(LoadFault::stalled), 0);
    EXPECT_EQ(result.cut_at_replicas, 0);
    rig.nginx().expect_clean_log({"exited on signal 9"});
}

TEST_F(Chaos, AllAtOnceLosesOnlyWhatKilledWorkersHeld) {
    ChaosRig rig(Draining::lbdrain);
    const ChaosPlan plan{
        .seed = 15, .steps = 20, .reload_share = 2, .upgrade_share = 2, .kill_share = 1};
    const auto result = run(rig, plan);
    EXPECT_GT(result.kills, 0);
    EXPECT_GT(result.reloads, 0);
    EXPECT_GT(result.upgrades, 0);
    EXPECT_EQ(result.stuck, 0);
    EXPECT_GE(result.restarts, plan.restarts_least);
    EXPECT_LE(result.load.failed(), result.kills * 40);
    EXPECT_EQ(result.load.failed(LoadFault::bad_status), 0);
    EXPECT_EQ(result.load.failed(LoadFault::wrong_tokens), 0);
    EXPECT_EQ(result.load.failed(LoadFault::stalled), 0);
    EXPECT_EQ(result.cut_at_replicas, 0);
    rig.nginx().expect_clean_log({"exited on signal 9"});
}

TEST_F(Chaos, NaiveDrainingIsCleanOnlyWithoutReloads) {
    ChaosRig rig(Draining::naive);
    const auto result = run(rig, {.seed = 14, .steps = 0, .restarts_least = 8});
    EXPECT_EQ(result.load.failed(), 0);
    EXPECT_EQ(result.stuck, 0);
}

TEST_F(Chaos, NaiveDrainingDropsUnderReloads) {
    ChaosRig rig(Draining::naive);
    const auto result = run(rig, {.seed = 11, .steps = 32});
    EXPECT_GT(result.load.failed(), 20);
    EXPECT_GT(result.cut_at_replicas, 0);
}

}  // namespace
}  // namespace lbdrain::test
