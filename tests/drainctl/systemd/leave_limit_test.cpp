// ExecStop=: systemd can be delayed, not refused, so everything has an end.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "systemd/leave.hpp"
#include "world.hpp"

namespace lbdrain::test {
namespace {

using ctl::Leave;
using ctl::LeaveOptions;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::SizeIs;

LeaveOptions limited_options(bool may_wait) {
    LeaveOptions options;
    options.unit = kUnit;
    options.servers = kServerA;
    options.limits.drain_timeout = 60'000;
    options.limits.turn_timeout = 30'000;
    options.limits.unreachable_timeout = 10'000;
    options.why = "the unit is stopped";
    options.may_wait = may_wait;
    return options;
}

const std::string kGuard =
    "no other server of the service is ready; use force with a reason to take it out all the same";

TEST(LeavingEnds, AtTheLimitOfTheDrain) {
    World world;
    world.set_in_flight(0, 9);
    world.set_in_flight(1, 3);
    Leave task(limited_options(false));
    world.step(task);
    world.step(task, 20);
    world.step(task, 59'000);
    EXPECT_FALSE(task.over());
    world.step(task, 1'000);
    EXPECT_EQ(task.over(), 1);
    EXPECT_TRUE(
        world.said("! the limit of 1m 0s has passed; 12 requests will be cut: 9 requests "
                   "in flight on edge-1, 3 on edge-2"));
}

TEST(LeavingEnds, ARestartWaitsForItsTurn) {
    World world;
    world.refuse(0, api::ProblemCode::last_ready_server, kGuard);
    Leave task(limited_options(true));
    EXPECT_THAT(world.step(task), SizeIs(1));
    EXPECT_THAT(world.step(task, 500), IsEmpty());
    EXPECT_THAT(world.step(task, 500), SizeIs(1)) << "once a second";
    EXPECT_EQ(task.status(),
              "waiting for its turn: no other server of the service is ready; 29.0 "
              "s left, then it is taken out all the same");
    EXPECT_EQ(world.a(1).state, ServerState::ready) << "not half out";
    world.accept(0);
    EXPECT_THAT(world.step(task, 1'000), SizeIs(1));
    world.step(task, 20);
    world.step(task, 150);
    EXPECT_EQ(task.over(), 0);
    EXPECT_FALSE(world.said("force"));
}

TEST(LeavingEnds, ATurnThatDoesNotComeIsTaken) {
    World world;
    world.refuse(0, api::ProblemCode::min_ready, "1 other server(s) would stay ready; use force");
    world.refuse(1, api::ProblemCode::min_ready, "1 other server(s) would stay ready; use force");
    world.set_in_flight(0, 1);
    Leave task(limited_options(true));
    for (int second = 0; second < 30; ++second) {
        world.step(task, second == 0 ? 0 : 1'000);
        EXPECT_EQ(world.a(0).state, ServerState::ready);
    }
    const auto orders = world.step(task, 1'000);
    ASSERT_THAT(orders, SizeIs(2)) << "all at once now";
    EXPECT_TRUE(orders[0].request.force);
    EXPECT_EQ(orders[0].request.reason,
              "the unit is stopped, and systemd cannot be refused: 1 other server(s) would stay "
              "ready, and its turn did not come within 30.0 s");
    // The drain's own time begins now.
    world.step(task, 59'000);
    EXPECT_FALSE(task.over());
    world.step(task, 2'000);
    EXPECT_EQ(task.over(), 1);
}

TEST(LeavingEnds, AStopDoesNotWaitForItsTurn) {
    World world;
    world.refuse(0, api::ProblemCode::last_ready_server, kGuard);
    Leave task(limited_options(false));
    world.step(task);
    const auto orders = world.step(task, 20);
    ASSERT_THAT(orders, SizeIs(2));
    EXPECT_TRUE(orders[0].request.force);
    EXPECT_THAT(orders[0].request.reason, HasSubstr("no other server of the service is ready"));
    world.step(task, 150);
    EXPECT_EQ(task.over(), 0);
}

TEST(LeavingEnds, ATargetThatIsSilentIsLeftOut) {
    World world;
    world.silence(1);
    Leave task(limited_options(false));
    EXPECT_THAT(world.step(task), SizeIs(1)) << "the others are drained meanwhile";
    world.step(task, 150);
    EXPECT_FALSE(task.over());
    EXPECT_EQ(task.status(), "waiting: edge-2 cannot be asked (connection refused); 9.8 s left");
    world.step(task, 9'900);
    EXPECT_EQ(task.over(), 0);
    EXPECT_THAT(task.left_out(), testing::ElementsAre("edge-2"));
    EXPECT_TRUE(
        world.said("! edge-2 (http://127.0.0.1:1/drain) cannot be asked: connection "
                   "refused; going on without it"));
}

TEST(LeavingEnds, ATargetThatAnswersAgainIsDrained) {
    World world;
    world.silence(1);
    Leave task(limited_options(false));
    world.step(task);
    world.step(task, 5'000);
    world.silence(1, false);
    EXPECT_THAT(world.step(task, 150), SizeIs(1));
    EXPECT_TRUE(world.said("edge-2 answers again"));
    world.step(task, 150);
    EXPECT_EQ(task.over(), 0);
    EXPECT_THAT(task.left_out(), IsEmpty());
}

TEST(LeavingEnds, AnAgentThatCannotReadItsBalancerIsForcedAfterAWhile) {
    World world;
    world.refuse(0, api::ProblemCode::balancer_unreachable, "balancer \"edge\" cannot be read");
    Leave task(limited_options(true));
    world.step(task);
    for (int second = 1; second < 10; ++second) {
        world.step(task, 1'000);
        EXPECT_EQ(world.a(0).state, ServerState::ready);
    }
    world.step(task, 1'000);
    const auto orders = world.step(task, 150);
    ASSERT_FALSE(orders.empty());
    EXPECT_TRUE(orders[0].request.force);
    EXPECT_THAT(orders[0].request.reason, HasSubstr("cannot be read"));
}

TEST(LeavingEnds, AnApiThatTakesNoCommandsIsLeftOut) {
    World world;
    world.refuse(0, api::ProblemCode::read_only, "drain_api has no write=on here");
    Leave task(limited_options(true));
    world.step(task);
    world.step(task, 150);
    world.step(task, 150);
    EXPECT_EQ(task.over(), 0);
    EXPECT_TRUE(world.said("! vllm/a on edge-1 cannot be drained: drain_api has no write=on"));
}

}  // namespace
}  // namespace lbdrain::test
