// Several at it at once, and hooks that end before their job does.
#include <gmock/gmock.h>

#include <regex>

#include "hook_inside.hpp"

namespace lbdrain::test {
namespace {

using hook::Action;
using ::testing::HasSubstr;

constexpr const char* kHeld = "deactivating (stop)";

// The number of the job that was waited for.
std::string job_of(const HookOutcome& outcome) {
    std::smatch found;
    const std::string text = outcome.all();
    return std::regex_search(text, found, std::regex("\\(job ([0-9]+)\\)")) ? found[1].str() : "";
}

TEST_F(SystemdTest, AHookThatGivesUpLeavesTheJobAndJoinsItLater) {
    serve("vllm", kSleep, held_stop());
    const auto gave_up = run(task(Action::stop, "vllm.service", Millis{1500}));
    EXPECT_FALSE(gave_up.result().ok);
    EXPECT_TRUE(gave_up.result().timed_out);
    EXPECT_TRUE(gave_up.saw("warning: TimeoutStopSec=90 s")) << gave_up.all();
    EXPECT_THAT(gave_up.result().text, HasSubstr("timed out after 1.5 s while waiting"));
    EXPECT_THAT(gave_up.result().text, HasSubstr(kHeld));
    EXPECT_THAT(gave_up.result().text, HasSubstr("the job goes on"));
    EXPECT_EQ(machine_->property("vllm.service", "ActiveState"), "deactivating");

    HookRun again(*machine_, task(Action::stop, "vllm.service"));
    ASSERT_TRUE(again.wait_until("waiting for systemd to stop"));
    let_go();
    const auto stopped = again.wait();
    EXPECT_TRUE(stopped.result().ok) << stopped.all();
    EXPECT_EQ(job_of(stopped), job_of(gave_up));
    EXPECT_NE(job_of(stopped), "");
}

TEST_F(SystemdTest, AHookThatIsKilledIsTakenUpByTheNextOfItsRun) {
    serve("vllm", kSleep, held_stop());
    auto stop = task(Action::stop, "vllm.service");
    stop.run_id = "one";
    stop.run_file = "/run/stop.run";
    HookRun first(*machine_, stop);
    ASSERT_TRUE(first.wait_until(kHeld));
    first.signal("KILL");
    const auto killed = first.wait();
    HookRun second(*machine_, stop);
    ASSERT_TRUE(second.wait_until(kHeld));
    let_go();
    const auto stopped = second.wait();
    EXPECT_TRUE(stopped.result().ok) << stopped.all();
    EXPECT_FALSE(stopped.result().repeated);
    EXPECT_EQ(job_of(stopped), job_of(killed));
    const auto recorded = run(stop);
    EXPECT_TRUE(recorded.result().ok);
    EXPECT_TRUE(recorded.result().repeated);
}

TEST_F(SystemdTest, AnInterruptedHookSaysThatTheJobGoesOn) {
    serve("vllm", kSleep, held_stop());
    HookRun hook(*machine_, task(Action::stop, "vllm.service"));
    ASSERT_TRUE(hook.wait_until(kHeld));
    hook.signal("TERM");
    const auto interrupted = hook.wait();
    EXPECT_FALSE(interrupted.result().ok);
    EXPECT_FALSE(interrupted.result().timed_out);
    EXPECT_THAT(interrupted.result().text, HasSubstr("interrupted while waiting"));
    EXPECT_THAT(interrupted.result().text, HasSubstr("the job goes on"));
}

TEST_F(SystemdTest, TwoStopsAtOnceAreOne) {
    serve("vllm", kSleep, held_stop());
    HookRun first(*machine_, task(Action::stop, "vllm.service"));
    ASSERT_TRUE(first.wait_until(kHeld));
    HookRun second(*machine_, task(Action::stop, "vllm.service"));
    ASSERT_TRUE(second.wait_until("waiting for systemd to stop"));
    let_go();
    const auto one = first.wait();
    const auto two = second.wait();
    EXPECT_TRUE(one.result().ok) << one.all();
    EXPECT_TRUE(two.result().ok) << two.all();
    EXPECT_EQ(job_of(one), job_of(two));
}

TEST_F(SystemdTest, AStopOfSomebodyElsesIsJoined) {
    serve("vllm", kSleep, held_stop());
    machine_->shell("systemctl stop --no-block vllm.service");
    HookRun hook(*machine_, task(Action::stop, "vllm.service"));
    ASSERT_TRUE(hook.wait_until("waiting for systemd to stop"));
    let_go();
    const auto stopped = hook.wait();
    EXPECT_TRUE(stopped.result().ok) << stopped.all();
}

TEST_F(SystemdTest, AStartMeanwhileIsAnError) {
    serve("vllm", kSleep, held_stop());
    HookRun hook(*machine_, task(Action::stop, "vllm.service"));
    ASSERT_TRUE(hook.wait_until(kHeld));
    machine_->shell("systemctl start --no-block vllm.service");
    const auto stopped = hook.wait();
    EXPECT_FALSE(stopped.result().ok) << stopped.all();
    EXPECT_THAT(stopped.result().text, HasSubstr("cancelled by somebody else"));
    EXPECT_THAT(stopped.result().text, HasSubstr("systemd has a new job for it"));
    let_go();
}

TEST_F(SystemdTest, ARestartMeanwhileIsAnError) {
    serve("vllm", kSleep, held_stop());
    HookRun hook(*machine_, task(Action::stop, "vllm.service"));
    ASSERT_TRUE(hook.wait_until(kHeld));
    machine_->shell("systemctl restart --no-block vllm.service");
    const auto stopped = hook.wait();
    EXPECT_FALSE(stopped.result().ok) << stopped.all();
    let_go();
}

TEST_F(SystemdTest, AUnitThatIsStartedAgainAtOnceIsNotStopped) {
    serve("vllm", kSleep, "ExecStopPost=/bin/systemctl start --no-block vllm.service\n");
    const auto stopped = stop("vllm.service");
    EXPECT_FALSE(stopped.result().ok) << stopped.all();
}

TEST_F(SystemdTest, AnotherSystemdIsStillTheSameJob) {
    serve("vllm", kSleep, held_stop());
    HookRun hook(*machine_, task(Action::stop, "vllm.service"));
    ASSERT_TRUE(hook.wait_until(kHeld));
    machine_->shell("systemctl daemon-reexec");
    let_go();
    const auto stopped = hook.wait();
    EXPECT_TRUE(stopped.result().ok) << stopped.all();
}

}  // namespace
}  // namespace lbdrain::test
