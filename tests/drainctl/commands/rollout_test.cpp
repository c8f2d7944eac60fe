// Rollouts over a real NGINX and a real HAProxy at once.
#include <atomic>
#include <boost/json.hpp>

#include "ctl_fixture.hpp"

namespace lbdrain::test {
namespace {

using testing::HasSubstr;

class RolloutTest : public testing::Test {
  protected:
    void SetUp() override { ASSERT_TRUE(fleet.start()); }

    static testing::AssertionResult exits(const CommandResult& result, int code) {
        if (result.status.code == code && !result.timed_out) {
            return testing::AssertionSuccess();
        }
        return testing::AssertionFailure()
               << "exit code " << result.status.code << ", signal " << result.status.signal << "\n"
               << result.out << result.err;
    }

    // How often the stop hook of each was called; `breaks`: its number fails instead.
    void count_stops() {
        for (std::size_t i = 0; i < fleet.nginx.replicas(); ++i) {
            fleet.control.on("/stop/s" + std::to_string(i), [this, i](const HttpReader&) {
                ++stops.at(i);
                if (breaks == static_cast<int>(i)) {
                    return ReplicaReply{.status = 500};
                }
                fleet.nginx.replica(i).kill();
                return ReplicaReply{};
            });
        }
    }

    CtlFleet fleet{4};
    std::array<std::atomic<int>, 4> stops{};
    std::atomic<int> breaks = -1;
};

TEST_F(RolloutTest, OfFourReplicasUnderFortyStreamsLosesNothing) {
    count_stops();
    Load through_haproxy({.target = fleet.haproxy_port(), .clients = 20, .keep_alive = true});
    Load through_nginx({.target = Endpoint::tcp(fleet.nginx.port()), .clients = 20});
    ASSERT_TRUE(through_haproxy.wait_for_ok(40) && through_nginx.wait_for_ok(40));
    const CommandResult result = fleet.run({"rollout", "up", "--reason", "new model"});
    EXPECT_TRUE(exits(result, 0));
    EXPECT_THAT(result.err, HasSubstr("rollout of up: 4 restarted, 0 failed, 0 not begun"));
    ASSERT_TRUE(through_haproxy.wait_for_ok(40) && through_nginx.wait_for_ok(40));
    for (Load* load : {&through_haproxy, &through_nginx}) {
        const LoadReport report = load->stop();
        EXPECT_EQ(report.failed(), 0) << report;
        std::cout << report.ok << " requests\n";
    }
    for (std::size_t i = 0; i < 4; ++i) {
        EXPECT_EQ(stops.at(i), 1) << i;
        EXPECT_EQ(fleet.states(i), "ready/ready") << i;
    }
    EXPECT_TRUE(exits(fleet.run({"rollout", "up", "--resume"}), 2)) << "its journal is still there";
}

TEST_F(RolloutTest, ADryRunShowsWhatIsLeftAndChangesNothing) {
    count_stops();
    const CommandResult result =
        fleet.run({"rollout", "up", "--dry-run", "--skip", "s1", "--order", "s3,s0"});
    ASSERT_TRUE(exits(result, 0));
    const auto s3 = result.out.find("s3");
    const auto s0 = result.out.find("s0");
    EXPECT_LT(s3, s0) << result.out;
    EXPECT_EQ(result.out.find("s1 "), std::string::npos) << result.out;
    EXPECT_THAT(result.out, HasSubstr("3 of 4"));
    EXPECT_EQ(stops[0] + stops[3], 0);
}

TEST_F(RolloutTest, MistakesAreToldBeforeAnythingChanges) {
    EXPECT_TRUE(exits(fleet.run({"rollout", "pu"}), 2));
    const CommandResult unknown = fleet.run({"rollout", "up", "--only", "s9"});
    EXPECT_TRUE(exits(unknown, 2));
    EXPECT_THAT(unknown.err, HasSubstr("s9"));
    EXPECT_TRUE(exits(fleet.run({"rollout", "up", "--max-unavailable", "4"}), 4));
    EXPECT_EQ(fleet.states(0), "ready/ready");
}

TEST_F(RolloutTest, OnlyOneRunsAtATime) {
    auto held = fleet.hold(0);
    Process first(fleet.drainctl({"rollout", "up", "--reason", "first"}));
    ASSERT_TRUE(fleet.nginx.wait_for_state(0, "draining"));
    const CommandResult second = fleet.run({"rollout", "up"});
    EXPECT_TRUE(exits(second, 5));
    EXPECT_THAT(second.err, HasSubstr("a rollout of up is under way"));
    EXPECT_THAT(second.err, HasSubstr("pid " + std::to_string(first.pid())));
    const CommandResult shown = fleet.run({"lock", "show", "up"});
    EXPECT_TRUE(exits(shown, 0));
    EXPECT_THAT(shown.out, HasSubstr("pid " + std::to_string(first.pid())));
    EXPECT_THAT(shown.out, HasSubstr("up/s0 may be out"));
    EXPECT_TRUE(exits(fleet.run({"lock", "release", "up"}), 5));
    fleet.nginx.replica(0).release();
    EXPECT_TRUE(held->wait());
    EXPECT_EQ(first.wait()->code, 0) << first.out() << first.err();
}

TEST_F(RolloutTest, ThatIsKilledIsCarriedOn) {
    count_stops();
    auto held = fleet.hold(1);
    Process first(fleet.drainctl({"rollout", "up"}));
    ASSERT_TRUE(fleet.nginx.wait_for_state(1, "draining"));
    first.kill();
    EXPECT_TRUE(exits(fleet.run({"rollout", "up"}), 4));
    Process resumed(fleet.drainctl({"rollout", "up", "--resume"}));
    ASSERT_TRUE(eventually(long_enough, [&] { return !resumed.out().empty(); }));
    fleet.nginx.replica(1).release();
    EXPECT_TRUE(held->wait());
    EXPECT_EQ(resumed.wait()->code, 0) << resumed.out() << resumed.err();
    for (std::size_t i = 0; i < 4; ++i) {
        EXPECT_EQ(stops.at(i), 1) << i;
        EXPECT_EQ(fleet.states(i), "ready/ready") << i;
    }
}

TEST_F(RolloutTest, StopsAtTheFirstFailureAndLeavesTheRestServing) {
    count_stops();
    breaks = 1;
    const CommandResult result = fleet.run({"rollout", "up"});
    EXPECT_TRUE(exits(result, 1));
    EXPECT_THAT(result.out, HasSubstr("up/s0: restarted"));
    EXPECT_THAT(result.err, HasSubstr("1 restarted, 1 failed, 2 not begun"));
    EXPECT_THAT(result.err, HasSubstr("rollout up --resume"));
    EXPECT_EQ(stops[2] + stops[3], 0);
    EXPECT_EQ(fleet.states(0), "ready/ready");
    EXPECT_EQ(fleet.states(1), "drained/failed");
    EXPECT_EQ(fleet.states(2), "ready/ready");

    breaks = -1;
    const CommandResult resumed = fleet.run({"rollout", "up", "--resume"});
    EXPECT_TRUE(exits(resumed, 0));
    EXPECT_EQ(stops[0], 1);
    EXPECT_EQ(fleet.states(1), "ready/ready");
    EXPECT_EQ(fleet.states(3), "ready/ready");
}

TEST_F(RolloutTest, CtrlCEndsItWithWhatRuns) {
    auto held = fleet.hold(0);
    Process rollout(fleet.drainctl({"rollout", "up"}));
    ASSERT_TRUE(fleet.nginx.wait_for_state(0, "draining"));
    rollout.signal(SIGINT);
    EXPECT_EQ(rollout.wait()->code, 130);
    EXPECT_THAT(rollout.out(),
                HasSubstr("up/s0 goes on: draining, its state is draining; the restart waits"));
    EXPECT_THAT(rollout.err(), HasSubstr("rollout up --resume"));
    EXPECT_EQ(fleet.nginx.state(0), "draining");
    fleet.nginx.replica(0).release();
    EXPECT_TRUE(held->wait());
}

TEST_F(RolloutTest, WaitsUntilAServerThatSomebodyTookOutIsBack) {
    ASSERT_TRUE(exits(fleet.run({"drain", "up/s3"}), 0));
    const CommandResult second = fleet.run({"drain", "up/s2"});
    EXPECT_TRUE(exits(second, 4));
    EXPECT_THAT(second.err, HasSubstr("up/s3 is out, by "));
    EXPECT_EQ(fleet.states(2), "ready/ready");

    Process rollout(fleet.drainctl({"--json", "rollout", "up", "--only", "s0"}));
    // Put back by another way than drainctl: it is seen, not told.
    ASSERT_TRUE(fleet.agent.command("up", "s3", "ready").status == 200);
    EXPECT_TRUE(rollout.running()) << rollout.out() << rollout.err();
    EXPECT_EQ(fleet.nginx.state(0), "ready");
    ASSERT_TRUE(has_status(fleet.nginx.ready(3), 200));
    EXPECT_EQ(rollout.wait()->code, 0) << rollout.out() << rollout.err();
    EXPECT_EQ(fleet.states(0), "ready/ready");
}

// s1 would be drained at the agent alone, and stopped while NGINX sends it requests.
TEST_F(RolloutTest, BeginsNothingWhileATargetIsSilent) {
    count_stops();
    Process rollout(fleet.drainctl({"rollout", "up", "--only", "s0,s1", "--pause", "2s"}));
    ASSERT_TRUE(eventually(long_enough, [&] {
        return rollout.out().find("up/s0: restarted") != std::string::npos;
    })) << rollout.err();
    fleet.nginx.nginx().stop();
    ASSERT_TRUE(eventually(long_enough, [&] {
        return rollout.out().find(" does not answer: ") != std::string::npos;
    })) << rollout.out();
    EXPECT_TRUE(rollout.running()) << rollout.out() << rollout.err();
    EXPECT_EQ(stops[1], 0);
    EXPECT_EQ(fleet.agent.state("up", "s1"), "ready");
    ASSERT_TRUE(fleet.nginx.start());
    EXPECT_EQ(rollout.wait()->code, 0) << rollout.out() << rollout.err();
    EXPECT_EQ(stops[1], 1);
    EXPECT_EQ(fleet.states(1), "ready/ready");
}

}  // namespace
}  // namespace lbdrain::test
