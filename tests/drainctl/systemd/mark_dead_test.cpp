// ExecStopPost=: who is told that the process is gone.
#include "systemd/mark_dead.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "world.hpp"

namespace lbdrain::test {
namespace {

using ctl::MarkDead;
using ::testing::IsEmpty;
using ::testing::SizeIs;

ctl::MarkDeadOptions mark_dead_options() {
    ctl::MarkDeadOptions options;
    options.unit = kUnit;
    options.servers = kServerA;
    options.limits.unreachable_timeout = 10'000;
    options.ending = {"core-dump", "dumped", "SEGV"};
    return options;
}

TEST(MarkingDead, WhatIsInRotationGoesDownAtOnce) {
    World world;
    MarkDead task(mark_dead_options());
    const auto orders = world.step(task);
    ASSERT_THAT(orders, SizeIs(2));
    for (const auto& order : orders) {
        EXPECT_EQ(order.action, api::Action::down);
        EXPECT_TRUE(order.request.force);
        EXPECT_EQ(order.request.by, kBy);
        EXPECT_EQ(order.request.reason, "its main process was ended by SEGV (core-dump)");
    }
    world.step(task, 20);
    EXPECT_EQ(task.over(), 0);
}

TEST(MarkingDead, NothingWhereItWasDrainedOrIsInHand) {
    World world;
    world.set(0, ServerState::drained, Goal::none, kBy);
    world.set(1, ServerState::stopping, Goal::restarted, "ann");
    MarkDead task(mark_dead_options());
    EXPECT_THAT(world.step(task), IsEmpty());
    EXPECT_EQ(task.over(), 0);
}

TEST(MarkingDead, OurOwnWayBackEnds) {
    World world;
    world.set(0, ServerState::starting, Goal::ready, kBy);
    world.set(1, ServerState::starting, Goal::restarted, "ann");
    MarkDead task(mark_dead_options());
    const auto orders = world.step(task);
    ASSERT_THAT(orders, SizeIs(1));
    EXPECT_EQ(orders[0].target, 0U);
}

TEST(MarkingDead, ASilentTargetIsNotWaitedForLong) {
    World world;
    world.silence(1);
    MarkDead task(mark_dead_options());
    EXPECT_THAT(world.step(task), SizeIs(1));
    world.step(task, 20);
    EXPECT_FALSE(task.over());
    world.step(task, 10'000);
    EXPECT_EQ(task.over(), 0);
}

TEST(MarkingDead, HowItEnded) {
    EXPECT_EQ(to_string(ctl::UnitEnding{"exit-code", "exited", "3"}),
              "its main process exited with status 3 (exit-code)");
    EXPECT_EQ(to_string(ctl::UnitEnding{"", "", ""}), "the unit has ended");
}

}  // namespace
}  // namespace lbdrain::test
