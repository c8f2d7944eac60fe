// Starting units, and what keeps them from it.
#include <gmock/gmock.h>

#include "hook_inside.hpp"

namespace lbdrain::test {
namespace {

using ::testing::HasSubstr;

TEST_F(SystemdTest, AStartCanBeRepeated) {
    serve("vllm", kSleep);
    const std::string pid = machine_->property("vllm.service", "MainPID");
    const auto started = start("vllm.service");
    EXPECT_TRUE(started.result().ok) << started.all();
    EXPECT_THAT(started.result().text, HasSubstr("active already"));
    EXPECT_EQ(machine_->property("vllm.service", "MainPID"), pid);
}

TEST_F(SystemdTest, AStartThatFailsSaysHow) {
    machine_->add_unit("bad.service", "[Service]\nType=notify\nExecStart=/bin/false\n");
    const auto started = start("bad.service");
    EXPECT_EQ(started.status, 1);
    EXPECT_EQ(started.result().exit_status, 1);
    EXPECT_THAT(started.result().text, HasSubstr("could not start bad.service"));
    EXPECT_THAT(started.result().text, HasSubstr("Result=exit-code"));
    EXPECT_THAT(started.result().text, HasSubstr("exited with status 1"));
}

TEST_F(SystemdTest, AForkThatFailsAtOnceIsNoStart) {
    machine_->add_unit("bad.service", "[Service]\nExecStart=/bin/sh -c 'sleep 0.1; exit 3'\n");
    const auto started = start("bad.service");
    EXPECT_FALSE(started.result().ok) << started.all();
    EXPECT_EQ(started.result().exit_status, 3);
    EXPECT_THAT(started.result().text, HasSubstr("has ended already"));
    machine_->add_unit("loop.service",
                       "[Service]\nExecStart=/bin/false\nRestart=always\nRestartSec=0\n");
    EXPECT_FALSE(start("loop.service").result().ok);
}

TEST_F(SystemdTest, AMissingProgramIsTold) {
    machine_->add_unit("bad.service", "[Service]\nType=exec\nExecStart=/no/such/program\n");
    const auto started = start("bad.service");
    EXPECT_FALSE(started.result().ok) << started.all();
    EXPECT_THAT(started.result().text, HasSubstr("status 203"));
}

TEST_F(SystemdTest, AStartLimitIsReset) {
    add_service("vllm", "test -e /run/works || exit 1; " + std::string(kSleep));
    machine_->run({"sh", "-c", "for i in 1 2 3 4 5 6 7; do systemctl start vllm.service; done"});
    ASSERT_EQ(machine_->property("vllm.service", "ActiveState"), "failed");
    machine_->shell("touch /run/works");
    ASSERT_FALSE(machine_->run({"systemctl", "start", "vllm.service"}).status.ok());
    const auto started = start("vllm.service");
    EXPECT_TRUE(started.result().ok) << started.all();
    EXPECT_TRUE(started.saw("resetting")) << started.all();
}

TEST_F(SystemdTest, ADependencyThatFailsIsTold) {
    machine_->add_unit("gpu.service", "[Service]\nType=oneshot\nExecStart=/bin/false\n");
    machine_->add_unit("vllm.service",
                       "[Unit]\nRequires=gpu.service\nAfter=gpu.service\n"
                       "[Service]\nExecStart=/bin/sleep 1000\n");
    const auto started = start("vllm.service");
    EXPECT_FALSE(started.result().ok) << started.all();
    EXPECT_THAT(started.result().text, HasSubstr("a unit that it requires"));
}

TEST_F(SystemdTest, AOneshotIsStartedWhenItIsDone) {
    machine_->add_unit("once.service", "[Service]\nType=oneshot\nExecStart=/bin/true\n");
    const auto started = start("once.service");
    EXPECT_TRUE(started.result().ok) << started.all();
}

TEST_F(SystemdTest, AStartIsAwaitedUntilTheServiceIsReady) {
    add_service("slow", "while ! test -e /run/go; do sleep 0.02; done; " + std::string(kSleep));
    HookRun hook(*machine_, task(hook::Action::start, "slow.service"));
    ASSERT_TRUE(hook.wait_until("waiting for systemd to start slow.service"));
    let_go();
    const auto started = hook.wait();
    EXPECT_TRUE(started.result().ok) << started.all();
}

TEST_F(SystemdTest, AUnitThatCannotBeLoadedIsTold) {
    machine_->add_unit("bad.service", "[Service]\nType=simple\n");
    const auto started = start("bad.service");
    EXPECT_FALSE(started.result().ok);
    EXPECT_THAT(started.result().text, HasSubstr("bad-setting"));
}

}  // namespace
}  // namespace lbdrain::test
