// ExecStartPost=: what is put back, what is left alone, and when it ends.
#include "systemd/come_back.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "world.hpp"

namespace lbdrain::test {
namespace {

using ctl::ComeBack;
using ::testing::IsEmpty;
using ::testing::SizeIs;

ctl::ComeBackOptions come_back_options() {
    ctl::ComeBackOptions options;
    options.unit = kUnit;
    options.servers = kServerA;
    options.limits.ready_timeout = 60'000;
    options.limits.unreachable_timeout = 10'000;
    return options;
}

void set_both(World& world, ServerState state, Goal goal, const std::string& by) {
    world.set(0, state, goal, by);
    world.set(1, state, goal, by);
}

TEST(ComingBack, WhatOurHookTookOutPassesItsCheckFirst) {
    World world;
    set_both(world, ServerState::drained, Goal::none, kBy);
    ComeBack task(come_back_options());
    const auto orders = world.step(task);
    ASSERT_THAT(orders, SizeIs(2));
    EXPECT_EQ(orders[0].action, api::Action::ready);
    EXPECT_EQ(orders[0].request.check, true);
    EXPECT_FALSE(orders[0].request.wait);
    EXPECT_EQ(orders[0].request.by, kBy);
    EXPECT_THAT(world.step(task, 1'000), IsEmpty());
    EXPECT_EQ(task.status(), "waiting for vllm/a on edge-1 to get ready; 59.0 s left");
    set_both(world, ServerState::ready, Goal::none, kBy);
    world.step(task, 150);
    EXPECT_EQ(task.over(), 0);
    EXPECT_EQ(task.status(), "back in rotation");
}

TEST(ComingBack, AfterACrash) {
    World world;
    set_both(world, ServerState::down, Goal::none, kBy);
    ComeBack task(come_back_options());
    EXPECT_THAT(world.step(task), SizeIs(2));
}

TEST(ComingBack, NothingToDo) {
    World world;
    ComeBack task(come_back_options());
    EXPECT_THAT(world.step(task), IsEmpty());
    EXPECT_EQ(task.over(), 0);
}

// It waits for the unit's start, which waits for this hook.
TEST(ComingBack, ASequenceThatStartsTheUnitIsNotWaitedFor) {
    World world;
    world.set(0, ServerState::starting, Goal::restarted, "ann");
    world.set(1, ServerState::drained, Goal::none, "ann");
    ComeBack task(come_back_options());
    EXPECT_THAT(world.step(task), IsEmpty());
    EXPECT_EQ(task.over(), 0);
    EXPECT_TRUE(world.said("vllm/a on edge-1 is starting (by ann), which is left to it"));
}

TEST(ComingBack, NorIsItHeldUpByOtherBalancers) {
    World world;
    world.set(0, ServerState::starting, Goal::restarted, "ann");
    world.set(1, ServerState::drained, Goal::none, kBy);
    ComeBack task(come_back_options());
    const auto orders = world.step(task);
    ASSERT_THAT(orders, SizeIs(1));
    EXPECT_EQ(orders[0].target, 1U);
    world.step(task, 150);
    EXPECT_EQ(task.over(), 0);
    EXPECT_EQ(world.a(1).state, ServerState::starting);
}

TEST(ComingBack, WhatAPersonTookOutStaysOut) {
    for (const ServerState state : {ServerState::drained, ServerState::down, ServerState::stopped,
                                    ServerState::failed, ServerState::draining}) {
        World world;
        set_both(world, state, state == ServerState::draining ? Goal::drained : Goal::none, "ann");
        world.set_in_flight(0, 1);
        world.set_in_flight(1, 1);
        ComeBack task(come_back_options());
        EXPECT_THAT(world.step(task), IsEmpty()) << to_string(state);
        EXPECT_EQ(task.over(), 0);
    }
    World world;
    set_both(world, ServerState::drained, Goal::none, "ann");
    ComeBack task(come_back_options());
    world.step(task);
    EXPECT_TRUE(
        world.said("vllm/a on edge-1 was drained by ann: it stays so until \"drainctl "
                   "ready vllm/a\""));
}

// `ready` of a server that still drains would need no check: its process could be the old one.
TEST(ComingBack, ADrainOfTheOldProcessEndsFirst) {
    World world;
    set_both(world, ServerState::draining, Goal::drained, kBy);
    world.set_in_flight(0, 1);
    world.set_in_flight(1, 1);
    ComeBack task(come_back_options());
    const auto down = world.step(task);
    ASSERT_THAT(down, SizeIs(2));
    EXPECT_EQ(down[0].action, api::Action::down);
    const auto ready = world.step(task, 20);
    ASSERT_THAT(ready, SizeIs(2));
    EXPECT_EQ(ready[0].action, api::Action::ready);
    EXPECT_EQ(ready[0].request.check, true);
}

TEST(ComingBack, ACheckThatFailsIsSaid) {
    World world;
    set_both(world, ServerState::drained, Goal::none, kBy);
    ComeBack task(come_back_options());
    world.step(task);
    world.set(0, ServerState::failed, Goal::none, kBy);
    world.a(0).last.text = "HTTP 503";
    world.set(1, ServerState::failed, Goal::none, kBy);
    world.step(task, 1'000);
    EXPECT_EQ(task.over(), 1);
    EXPECT_TRUE(world.said("! vllm/a on edge-1 does not get ready: HTTP 503"));
}

TEST(ComingBack, NotForEver) {
    World world;
    set_both(world, ServerState::drained, Goal::none, kBy);
    ComeBack task(come_back_options());
    world.step(task);
    world.step(task, 59'900);
    EXPECT_FALSE(task.over());
    world.step(task, 150);
    EXPECT_EQ(task.over(), 1);
}

// While this hook runs, a stop of the unit would run no ExecStop=.
TEST(ComingBack, WithTrafficFromOneBalancerTheOtherIsNotWaitedForLong) {
    World world;
    set_both(world, ServerState::drained, Goal::none, kBy);
    ComeBack task(come_back_options());
    world.step(task);
    world.set(0, ServerState::ready, Goal::none, kBy);
    world.step(task, 1'000);
    world.step(task, 4'900);
    EXPECT_FALSE(task.over());
    world.step(task, 150);
    EXPECT_EQ(task.over(), 1);
}

TEST(ComingBack, AStopMeanwhileTakesItDownAgain) {
    World world;
    set_both(world, ServerState::drained, Goal::none, kBy);
    ComeBack task(come_back_options());
    world.step(task);
    world.set(0, ServerState::ready, Goal::none, kBy);
    const auto orders = task.interrupted(world.fleet());
    ASSERT_THAT(orders, SizeIs(2));
    for (const auto& order : orders) {
        EXPECT_EQ(order.action, api::Action::down);
        EXPECT_TRUE(order.request.force);
    }
}

TEST(ComingBack, AStopMeanwhileLeavesAloneWhatItDidNotBringBack) {
    World world;
    world.set(0, ServerState::drained, Goal::none, kBy);
    ComeBack task(come_back_options());
    world.step(task);
    EXPECT_THAT(task.interrupted(world.fleet()), SizeIs(1));
}

}  // namespace
}  // namespace lbdrain::test
