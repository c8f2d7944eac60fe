// Stopping units, well-behaved and not.
#include <gmock/gmock.h>

#include "hook_inside.hpp"

namespace lbdrain::test {
namespace {

using ::testing::HasSubstr;
using ::testing::Not;

constexpr const char* kDeaf = "trap '' TERM; ready; while :; do sleep 0.1; done";

TEST_F(SystemdTest, StopsAndStarts) {
    serve("vllm", kSleep);
    const auto stopped = stop("vllm.service");
    EXPECT_EQ(stopped.status, 0) << stopped.all();
    EXPECT_TRUE(stopped.result().ok);
    EXPECT_FALSE(stopped.result().killed);
    EXPECT_EQ(stopped.result().exit_status, 128 + 15);
    EXPECT_THAT(stopped.result().text, HasSubstr("vllm.service is inactive"));
    EXPECT_THAT(stopped.result().text, HasSubstr("was ended by SIGTERM"));
    EXPECT_EQ(machine_->property("vllm.service", "ActiveState"), "inactive");
    const auto started = start("vllm.service");
    EXPECT_EQ(started.status, 0) << started.all();
    EXPECT_THAT(started.result().text, HasSubstr("active (running)"));
    EXPECT_EQ(machine_->property("vllm.service", "ActiveState"), "active");
}

TEST_F(SystemdTest, AnExitOfItsOwnIsTold) {
    serve("vllm", "trap 'exit 0' TERM; ready; while :; do sleep 0.05; done");
    const auto stopped = stop("vllm.service");
    EXPECT_TRUE(stopped.result().ok) << stopped.all();
    EXPECT_EQ(stopped.result().exit_status, 0);
    EXPECT_THAT(stopped.result().text, HasSubstr("exited with status 0"));
}

TEST_F(SystemdTest, AKillAtTheTimeoutIsNeverHidden) {
    serve("deaf", kDeaf, "TimeoutStopSec=1\nKillMode=mixed\n");
    const auto stopped = stop("deaf.service");
    EXPECT_TRUE(stopped.result().ok) << stopped.all();  // it is gone
    EXPECT_TRUE(stopped.result().killed);
    EXPECT_FALSE(stopped.result().timed_out);
    EXPECT_EQ(stopped.result().exit_status, 128 + 9);
    EXPECT_THAT(stopped.result().text, HasSubstr("systemd had to kill it: Result=timeout"));
    EXPECT_TRUE(stopped.saw("deactivating (stop-sigterm)")) << stopped.all();
    EXPECT_EQ(machine_->property("deaf.service", "ActiveState"), "failed");
}

TEST_F(SystemdTest, AChildThatIgnoresSigtermGoesWithTheMainProcess) {
    serve("tree", "(trap '' TERM; exec sleep 1000) & ready; exec sleep 1000", "KillMode=mixed\n");
    const auto stopped = stop("tree.service");
    EXPECT_TRUE(stopped.result().ok) << stopped.all();
    EXPECT_FALSE(stopped.result().killed);
    EXPECT_EQ(machine_->run({"pgrep", "-x", "sleep"}).out, "");
}

TEST_F(SystemdTest, AChildThatHoldsUpTheStopIsToldFromTheMainProcess) {
    serve("tree", "(trap '' TERM; exec sleep 1000) & ready; exec sleep 1000", "TimeoutStopSec=1\n");
    const auto stopped = stop("tree.service");
    EXPECT_TRUE(stopped.result().ok) << stopped.all();
    EXPECT_TRUE(stopped.result().killed);
    EXPECT_THAT(stopped.result().text, HasSubstr("not the main one"));
    EXPECT_THAT(stopped.result().text, HasSubstr("was ended by SIGTERM"));
}

TEST_F(SystemdTest, WhatSystemdLeavesBehindIsAnError) {
    serve("tree", "sleep 1000 & ready; exec sleep 1001", "KillMode=process\n");
    const auto stopped = stop("tree.service");
    EXPECT_FALSE(stopped.result().ok) << stopped.all();
    EXPECT_THAT(stopped.result().text, HasSubstr("left in its control group: pid "));
    EXPECT_THAT(stopped.result().text, HasSubstr("(sleep)"));
}

TEST_F(SystemdTest, AnExecStopThatFailsIsTold) {
    serve("vllm", kSleep, "ExecStop=/bin/false\n");
    const auto stopped = stop("vllm.service");
    EXPECT_TRUE(stopped.result().ok) << stopped.all();
    EXPECT_FALSE(stopped.result().killed);
    EXPECT_THAT(stopped.result().text, HasSubstr("Result=exit-code"));
    EXPECT_THAT(stopped.result().text, HasSubstr("ExecStop"));
}

TEST_F(SystemdTest, RestartAlwaysDoesNotUndoAStop) {
    serve("vllm", kSleep, "Restart=always\nRestartSec=0\n");
    const auto stopped = stop("vllm.service");
    EXPECT_TRUE(stopped.result().ok) << stopped.all();
    EXPECT_EQ(machine_->property("vllm.service", "ActiveState"), "inactive");
}

TEST_F(SystemdTest, AStopWhileSystemdWaitsToRestart) {
    add_service("vllm", "exit 1", "Restart=always\nRestartSec=1h\n");
    machine_->shell("systemctl start --no-block vllm.service");
    ASSERT_TRUE(eventually(long_enough, [&] {
        return machine_->property("vllm.service", "SubState") == "auto-restart";
    }));
    const auto stopped = stop("vllm.service");
    EXPECT_TRUE(stopped.result().ok) << stopped.all();
    EXPECT_NE(machine_->property("vllm.service", "SubState"), "auto-restart");
}

TEST_F(SystemdTest, AStopCanBeRepeated) {
    add_service("vllm", kSleep);
    const auto stopped = stop("vllm.service");
    EXPECT_TRUE(stopped.result().ok) << stopped.all();
    EXPECT_THAT(stopped.result().text, HasSubstr("inactive already"));
    EXPECT_FALSE(stopped.saw("asking systemd"));
}

TEST_F(SystemdTest, WhatAnswersThoughTheUnitIsDownIsAnError) {
    add_service("vllm", kSleep);
    machine_->shell(
        "setsid --fork /usr/bin/python3 -m http.server 8000 >/dev/null 2>&1 </dev/null");
    ASSERT_TRUE(eventually(long_enough, [&] {
        return machine_->run({"bash", "-c", ": </dev/tcp/127.0.0.1/8000"}).status.ok();
    }));
    const auto stopped = run(task(hook::Action::stop, "vllm.service", Millis{500}));
    EXPECT_FALSE(stopped.result().ok) << stopped.all();
    EXPECT_TRUE(stopped.result().timed_out);
    EXPECT_THAT(stopped.result().text, HasSubstr("something that is not of it answers"));
}

TEST_F(SystemdTest, AMissingUnitIsNamed) {
    const auto stopped = stop("nobody-knows.service");
    EXPECT_EQ(stopped.status, 1);
    EXPECT_EQ(stopped.result().text, "there is no unit nobody-knows.service");
    EXPECT_EQ(start("nobody-knows.service").result().text, "there is no unit nobody-knows.service");
}

TEST_F(SystemdTest, AMaskedUnitIsToldFromAMissingOne) {
    machine_->shell("systemctl mask vllm.service");
    EXPECT_THAT(stop("vllm.service").result().text, HasSubstr("vllm.service is masked"));
    EXPECT_THAT(start("vllm.service").result().text, HasSubstr("vllm.service is masked"));
}

TEST_F(SystemdTest, ASocketThatMayStartItAgainIsToldAndNotConnectedTo) {
    machine_->add_unit("vllm.socket", "[Socket]\nListenStream=127.0.0.1:8000\n");
    serve("vllm", kSleep);
    machine_->shell("systemctl stop vllm.service; systemctl start vllm.socket vllm.service");
    const auto stopped = stop("vllm.service");
    EXPECT_TRUE(stopped.result().ok) << stopped.all();
    EXPECT_TRUE(stopped.saw("vllm.socket may start vllm.service again")) << stopped.all();
    EXPECT_EQ(machine_->property("vllm.service", "ActiveState"), "inactive");
}

}  // namespace
}  // namespace lbdrain::test
