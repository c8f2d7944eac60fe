// What is decided on a server, on views made up.
#include "balancer/server_plan.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "balancer/weights.hpp"

namespace lbdrain::agent {
namespace {

using haproxy::ServerCommand;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;

constexpr unsigned drained = haproxy::admin::fdrain;
constexpr unsigned in_maint = haproxy::admin::fmaint;

struct MadeWorker {
    pid_t pid = 0;
    bool stopping = false;
    unsigned admin_state = 0;
    std::uint64_t scur = 0;
    std::uint64_t uptime_s = 10;
};

FleetView view_of(const std::vector<MadeWorker>& workers) {
    FleetView view;
    for (const MadeWorker& made : workers) {
        haproxy::WorkerView worker;
        worker.info.pid = made.pid;
        worker.info.stopping = made.stopping;
        worker.info.uptime_s = made.uptime_s;
        haproxy::ServerState state;
        state.be_name = "be";
        state.srv_name = "a";
        state.srv_op_state = 2;
        state.srv_admin_state = made.admin_state;
        state.srv_iweight = 100;
        state.srv_uweight = 100;
        haproxy::ServerStat stat;
        stat.backend = "be";
        stat.server = "a";
        stat.scur = made.scur;
        worker.backends.push_back({"be", true, {stat}, {state}});
        view.workers.push_back(worker);
        view.generation.workers.push_back({made.pid, made.stopping});
    }
    return view;
}

class ServerPlan : public testing::Test {
  protected:
    std::vector<Action> plan_for(Rotation rotation, const std::vector<MadeWorker>& workers,
                                 unsigned weight = 100) {
        const FleetView view = view_of(workers);
        return plan({.rotation = rotation, .weight_percent = weight},
                    ServerPlaces(view).of("be", "a"), memory_, rules_);
    }
    Seen see_for(Rotation rotation, const std::vector<MadeWorker>& workers,
                 const std::string& doubt = {}) {
        FleetView view = view_of(workers);
        view.doubt = doubt;
        return see({.rotation = rotation, .revision = 5}, ServerPlaces(view).of("be", "a"), view,
                   memory_, rules_);
    }

    std::set<pid_t> without_lua_;
    ServerMemory memory_;
    PlanRules rules_{OldWorkers::automatic, &without_lua_, 100'000};
};

const auto tell = [](pid_t pid, ServerCommand command) {
    return Action{pid, Action::Kind::state, command, 100};
};
const auto tell_old = [](pid_t pid, ServerCommand command) {
    return Action{pid, Action::Kind::lua, command, 100};
};

TEST_F(ServerPlan, TellsEachProcessInItsWay) {
    EXPECT_THAT(plan_for(Rotation::drain, {{1}, {2, true}}),
                ElementsAre(tell(1, ServerCommand::drain), tell_old(2, ServerCommand::drain)));
    EXPECT_THAT(plan_for(Rotation::drain, {{1, false, drained}, {2, true, in_maint}}), IsEmpty());
    EXPECT_THAT(plan_for(Rotation::maint, {{1, false, drained}, {2, true, drained}}),
                ElementsAre(tell(1, ServerCommand::maint), tell_old(2, ServerCommand::maint)));
}

TEST_F(ServerPlan, AsksNoOldWorkerThatDoesNotKnowTheCommand) {
    without_lua_ = {2};
    EXPECT_THAT(plan_for(Rotation::drain, {{1, false, drained}, {2, true}, {3, true}}),
                ElementsAre(tell_old(3, ServerCommand::drain)));
    rules_.old_workers = OldWorkers::exit;
    EXPECT_THAT(plan_for(Rotation::drain, {{3, true}}), IsEmpty());
}

TEST_F(ServerPlan, PutsBackInLiveWorkersOnly) {
    EXPECT_THAT(plan_for(Rotation::readmit, {{1, false, in_maint}, {2, true, drained}}),
                ElementsAre(tell(1, ServerCommand::ready)));
    EXPECT_THAT(plan_for(Rotation::keep, {{1, false, in_maint}, {2, true, drained}}), IsEmpty());
}

TEST_F(ServerPlan, UndoesWhatAWorkerLoadedFromOurRowJustBeforeItWent) {
    memory_.row_deleted = 95'000;
    // Began at 89,000 at the earliest: it may have read the row.
    EXPECT_THAT(plan_for(Rotation::keep, {{1, false, drained}}),
                ElementsAre(tell(1, ServerCommand::ready)));
    // Began later: somebody drained it.
    EXPECT_THAT(plan_for(Rotation::keep, {{1, false, drained, 0, 3}}), IsEmpty());
    // Was seen in since: likewise.
    static_cast<void>(see_for(Rotation::keep, {{1}}));
    EXPECT_THAT(plan_for(Rotation::keep, {{1, false, drained}}), IsEmpty());
}

TEST_F(ServerPlan, SaysAWeightOnceToEachWorker) {
    const auto weight = [](pid_t pid, std::uint32_t percent) {
        return Action{pid, Action::Kind::weight, ServerCommand::ready, percent};
    };
    EXPECT_THAT(plan_for(Rotation::keep, {{1}, {2, true}}, 40), ElementsAre(weight(1, 40)));
    memory_.weight_said[1] = 40;
    EXPECT_THAT(plan_for(Rotation::keep, {{1}}, 40), IsEmpty());
    EXPECT_THAT(plan_for(Rotation::keep, {{1}, {3}}, 40), ElementsAre(weight(3, 40)));
    EXPECT_THAT(plan_for(Rotation::keep, {{1}, {3}}, 100), ElementsAre(weight(1, 100)));
    EXPECT_THAT(plan_for(Rotation::drain, {{1, false, drained}}, 40), IsEmpty());
}

TEST_F(ServerPlan, KnowsHaproxysArithmetic) {
    EXPECT_EQ(weight_percent_for(100, 1), 1U);
    EXPECT_EQ(weight_percent_for(100, 150), 100U);
    EXPECT_EQ(weight_percent_for(3, 10), 34U);
    EXPECT_EQ(weight_after(3, 34), 1U);
    EXPECT_EQ(weight_percent_for(1, 10), 100U);
    EXPECT_EQ(weight_percent_for(0, 10), 100U);
}

TEST_F(ServerPlan, BelievesItsEyesTwiceInTheSameProcesses) {
    EXPECT_FALSE(see_for(Rotation::drain, {{1, false, drained}}).out);
    EXPECT_TRUE(see_for(Rotation::drain, {{1, false, drained}}).out);
    EXPECT_FALSE(see_for(Rotation::drain, {{1, true, drained}, {2, false, drained}}).out);
    EXPECT_TRUE(see_for(Rotation::drain, {{1, true, drained}, {2, false, drained}}).out);
    EXPECT_FALSE(see_for(Rotation::drain, {{1, true, drained}, {2}}).out);
    EXPECT_FALSE(see_for(Rotation::drain, {{1, true, drained}, {2, false, drained}}).out);
    const Seen seen = see_for(Rotation::drain, {{1, true, drained, 2}, {2, false, drained, 1}});
    EXPECT_TRUE(seen.out);
    EXPECT_EQ(seen.in_flight, 3U);
    EXPECT_EQ(seen.revision, 5U);
    EXPECT_FALSE(seen.in);
}

TEST_F(ServerPlan, MaintenanceIsAnotherPromiseThanADrain) {
    static_cast<void>(see_for(Rotation::drain, {{1, false, in_maint}}));
    EXPECT_FALSE(see_for(Rotation::maint, {{1, false, in_maint}}).out);
    EXPECT_TRUE(see_for(Rotation::maint, {{1, false, in_maint}}).out);
    EXPECT_FALSE(see_for(Rotation::maint, {{1, false, drained}}).out);
}

TEST_F(ServerPlan, ADoubtIsNeverOut) {
    for (int i = 0; i < 3; ++i) {
        const Seen seen = see_for(Rotation::drain, {{1, false, drained}}, "process 7 is not held");
        EXPECT_FALSE(seen.complete);
        EXPECT_FALSE(seen.out);
        EXPECT_EQ(seen.obstacle, "process 7 is not held");
    }
}

TEST_F(ServerPlan, SaysWhoStandsInTheWay) {
    without_lua_ = {2};
    EXPECT_THAT(see_for(Rotation::drain, {{1, false, drained}, {2, true}}).obstacle,
                HasSubstr("worker 2 is stopping and still routes to it"));
    memory_.failures[1] = "Permission denied";
    EXPECT_THAT(see_for(Rotation::drain, {{1}}).obstacle, HasSubstr("Permission denied"));
    EXPECT_THAT(see_for(Rotation::keep, {{1, false, haproxy::admin::rmaint}}).obstacle,
                HasSubstr("does not resolve"));
    EXPECT_EQ(see_for(Rotation::keep, {{1}}).obstacle, "");
    EXPECT_FALSE(see_for(Rotation::keep, {{1, true}}).known);
}

}  // namespace
}  // namespace lbdrain::agent
