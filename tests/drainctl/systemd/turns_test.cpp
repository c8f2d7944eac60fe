// Permits: restarts of units take turns with each other and with rollouts.
#include "systemd/turns.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <filesystem>

#include "lbdrain/coordination/local_coordinator.hpp"
#include "systemd/come_back.hpp"
#include "systemd/leave.hpp"
#include "temp_dir.hpp"
#include "world.hpp"

namespace lbdrain::test {
namespace {

using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::SizeIs;

class TakingTurns : public testing::Test {
  protected:
    ctl::LeaveOptions leave(bool may_wait = true) {
        ctl::LeaveOptions options;
        options.unit = kUnit;
        options.servers = kServerA;
        options.limits.turn_timeout = 30'000;
        options.may_wait = may_wait;
        options.turns = &turns_;
        return options;
    }
    void take(const std::string& server, const std::string& user) {
        const auto answer = coordinator_.take_permit(
            {.service = "vllm", .server = server, .holder = {.user = user}, .max_unavailable = 9});
        ASSERT_TRUE(answer && answer->granted);
    }
    std::vector<std::string> held() {
        std::vector<std::string> servers;
        const auto permits = coordinator_.permits("vllm");
        for (const Permit& permit : permits.value()) {
            servers.push_back(permit.server);
        }
        return servers;
    }

    TempDir directory_;
    World world_;
    LocalCoordinator coordinator_{directory_ / "permits"};
    ctl::Messenger messenger_;
    ctl::CoordinatedTurns turns_{coordinator_, 1, {.user = kBy}, messenger_};
};

TEST_F(TakingTurns, ARestartHoldsAPermitUntilItIsBack) {
    ctl::Leave task(leave());
    EXPECT_THAT(world_.step(task), SizeIs(1));
    EXPECT_THAT(held(), testing::ElementsAre("a"));
    world_.step(task, 20);
    world_.step(task, 20);
    ASSERT_EQ(task.over(), 0);
    EXPECT_THAT(held(), testing::ElementsAre("a"));
    ctl::ComeBackOptions back{kUnit, kServerA, {}, &turns_};
    ctl::ComeBack return_of(back);
    world_.step(return_of);
    EXPECT_THAT(held(), testing::ElementsAre("a"));
    world_.set(0, ServerState::ready, Goal::none, kBy);
    world_.set(1, ServerState::ready, Goal::none, kBy);
    world_.step(return_of, 150);
    ASSERT_EQ(return_of.over(), 0);
    EXPECT_THAT(held(), IsEmpty());
}

TEST_F(TakingTurns, WhileAnotherIsOutItWaits) {
    take("b", "systemd vllm@b.service");
    ctl::Leave task(leave());
    EXPECT_THAT(world_.step(task), IsEmpty());
    EXPECT_THAT(task.status(),
                HasSubstr("waiting for its turn: vllm/b (systemd vllm@b.service) may be out"));
    EXPECT_EQ(world_.a(0).state, ServerState::ready);
    ASSERT_TRUE(coordinator_.release_permit("vllm", "b"));
    EXPECT_THAT(world_.step(task, 1'000), SizeIs(1));
}

TEST_F(TakingTurns, ATurnThatDoesNotComeIsTaken) {
    take("b", "systemd vllm@b.service");
    ctl::Leave task(leave());
    world_.step(task);
    world_.step(task, 29'000);
    EXPECT_EQ(world_.a(0).state, ServerState::ready);
    const auto orders = world_.step(task, 1'000);
    ASSERT_FALSE(orders.empty());
    EXPECT_THAT(orders[0].request.reason, HasSubstr("its turn did not come"));
}

TEST_F(TakingTurns, AStopNeedsNone) {
    take("b", "systemd vllm@b.service");
    ctl::Leave task(leave(false));
    EXPECT_THAT(world_.step(task), SizeIs(1));
    EXPECT_THAT(held(), testing::ElementsAre("b"));
}

TEST_F(TakingTurns, ThePermitOfARolloutIsTheRollouts) {
    take("a", "ann");
    ctl::ComeBack task({kUnit, kServerA, {}, &turns_});
    world_.step(task);
    ASSERT_EQ(task.over(), 0);
    EXPECT_THAT(held(), testing::ElementsAre("a"));
}

TEST_F(TakingTurns, WhatCannotBeAskedHoldsNothingUp) {
    LocalCoordinator nowhere("/proc/no/such/place");
    ctl::CoordinatedTurns turns(nowhere, 1, {.user = kBy}, messenger_);
    ctl::LeaveOptions options = leave();
    options.turns = &turns;
    ctl::Leave task(options);
    EXPECT_THAT(world_.step(task), SizeIs(1));
}

}  // namespace
}  // namespace lbdrain::test
