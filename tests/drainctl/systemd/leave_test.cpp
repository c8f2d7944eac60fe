// ExecStop=: what is sent where, and when it goes straight on.
#include "systemd/leave.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "world.hpp"

namespace lbdrain::test {
namespace {

using ctl::Leave;
using ctl::LeaveOptions;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::SizeIs;

LeaveOptions leave_options() {
    LeaveOptions options;
    options.unit = kUnit;
    options.servers = kServerA;
    options.why = "the unit is restarted";
    options.may_wait = true;
    return options;
}

TEST(Leaving, DrainsOneTargetAfterTheOther) {
    World world;
    world.set_in_flight(0, 2);
    world.set_in_flight(1, 1);
    Leave task(leave_options());
    const auto first = world.step(task);
    ASSERT_THAT(first, SizeIs(1));
    EXPECT_EQ(first[0].target, 0U);
    EXPECT_EQ(first[0].action, api::Action::drain);
    EXPECT_EQ(first[0].there.server, "a");
    const api::CommandRequest& body = first[0].request;
    EXPECT_FALSE(body.wait);
    EXPECT_FALSE(body.force);
    EXPECT_EQ(body.on_timeout, OnTimeout::wait);  // never back in front of a dying process
    EXPECT_EQ(body.by, kBy);
    EXPECT_EQ(body.reason, "the unit is restarted");
    const auto second = world.step(task, 20);
    ASSERT_THAT(second, SizeIs(1));
    EXPECT_EQ(second[0].target, 1U);
    EXPECT_THAT(world.step(task, 1000), IsEmpty());
    EXPECT_EQ(task.status(),
              "draining vllm/a: 2 requests in flight on edge-1, 1 on edge-2; 14m 58s left");
    world.set_in_flight(0, 0);
    world.step(task, 150);
    EXPECT_FALSE(task.over());
    world.set_in_flight(1, 0);
    world.step(task, 150);
    EXPECT_EQ(task.over(), 0);
}

TEST(Leaving, ASequenceThatStopsTheUnitIsNotWaitedFor) {
    for (const Goal goal : {Goal::stopped, Goal::restarted}) {
        World world;
        world.set(0, ServerState::stopping, goal, "ann@laptop");
        world.set(1, ServerState::drained, Goal::none, "ann@laptop");
        Leave task(leave_options());
        EXPECT_THAT(world.step(task), IsEmpty());
        EXPECT_EQ(task.over(), 0);
        EXPECT_TRUE(
            world.said("vllm/a on edge-1 is stopping already (by ann@laptop): going "
                       "straight on"));
    }
}

// The balancer that the one who stops does not know of.
TEST(Leaving, WhereItIsInRotationItIsDrainedAllTheSame) {
    World world;
    world.set(0, ServerState::stopping, Goal::restarted, "ann");
    Leave task(leave_options());
    const auto orders = world.step(task);
    ASSERT_THAT(orders, SizeIs(1));
    EXPECT_EQ(orders[0].target, 1U);
}

TEST(Leaving, SomebodysDrainIsWaitedFor) {
    World world;
    for (const std::size_t target : {0U, 1U}) {
        world.set(target, ServerState::draining, Goal::restarted, "ann");
        world.set_in_flight(target, 1);
    }
    Leave task(leave_options());
    EXPECT_THAT(world.step(task), IsEmpty());
    EXPECT_FALSE(task.over());
    EXPECT_TRUE(world.said("vllm/a on edge-2 is draining (by ann): waiting with it"));
    // Its deadline passes on one, and puts the server back: that is no place to be now.
    world.set(0, ServerState::ready, Goal::none, "ann");
    const auto orders = world.step(task, 1000);
    ASSERT_THAT(orders, SizeIs(1));
    EXPECT_EQ(orders[0].target, 0U);
    world.set(1, ServerState::stopping, Goal::restarted, "ann");
    world.set_in_flight(0, 0);
    world.step(task, 1000);
    EXPECT_EQ(task.over(), 0);
}

TEST(Leaving, WhatComesBackGoesDown) {
    World world;
    world.set(0, ServerState::starting, Goal::ready, kBy);
    world.set(1, ServerState::drained, Goal::none, kBy);
    Leave task(leave_options());
    const auto orders = world.step(task);
    ASSERT_THAT(orders, SizeIs(1));
    EXPECT_EQ(orders[0].action, api::Action::down);
    EXPECT_TRUE(orders[0].request.force);
    world.step(task, 150);
    EXPECT_EQ(task.over(), 0);
}

TEST(Leaving, WhatWasTakenDownMayStillAnswer) {
    World world;
    world.set(0, ServerState::down, Goal::none, "ann");
    world.set(1, ServerState::failed, Goal::none, "ann");
    world.set_in_flight(0, 3);
    Leave task(leave_options());
    EXPECT_THAT(world.step(task), IsEmpty());
    EXPECT_FALSE(task.over());
    world.set_in_flight(0, 0);
    world.a(0).complete = false;  // no zero
    world.step(task, 150);
    EXPECT_FALSE(task.over());
    world.a(0).complete = true;
    world.step(task, 150);
    EXPECT_EQ(task.over(), 0);
    EXPECT_EQ(world.a(0).by, "ann");
}

TEST(Leaving, HeldByAnotherServersSequence) {
    World world;
    world.a(0).held_by = "chat/a";
    world.a(1).held_by = "chat/a";
    world.set_in_flight(0, 1);
    Leave task(leave_options());
    EXPECT_THAT(world.step(task), IsEmpty());
    EXPECT_FALSE(task.over());
    world.set_in_flight(0, 0);
    world.step(task, 150);
    EXPECT_EQ(task.over(), 0);
}

TEST(Leaving, ANameThatNoTargetHasIsSaid) {
    World world;
    LeaveOptions wrong = leave_options();
    wrong.servers = {{"vllm", "aa"}};
    Leave task(wrong);
    world.step(task);
    EXPECT_EQ(task.over(), 0);
    EXPECT_TRUE(world.said("\"units\" of drainctl.yaml names it as one of vllm@a.service"));
}

}  // namespace
}  // namespace lbdrain::test
