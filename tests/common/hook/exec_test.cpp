#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <csignal>

#include "eventually.hpp"
#include "hook_process.hpp"
#include "process.hpp"
#include "sockets.hpp"
#include "temp_dir.hpp"

namespace lbdrain::hook::test {
namespace {

using enum Event::Kind;
using ::testing::HasSubstr;

TEST(ExecHook, PassesItsTaskAndReportsTheOutput) {
    Task task = shell(
        "echo \"$LBDRAIN_SERVICE $LBDRAIN_SERVER $LBDRAIN_ADDRESS $LBDRAIN_ACTION "
        "$LBDRAIN_RUN $LBDRAIN_REASON $LBDRAIN_BY\"; echo oops >&2; printf part");
    task.service = "vllm";
    task.server = "gpu-a";
    task.address = "10.0.0.1:8000";
    task.run_id = "r7";
    task.reason = "new model";
    task.by = "ann";
    const Outcome outcome = run_hook(task);
    EXPECT_TRUE(outcome.ends_properly());
    EXPECT_EQ(outcome.status, 0);
    EXPECT_TRUE(outcome.result().ok);
    EXPECT_EQ(outcome.result().exit_status, 0);
    EXPECT_EQ(outcome.events.front().kind, started);
    EXPECT_TRUE(outcome.saw(output, "vllm gpu-a 10.0.0.1:8000 start r7 new model ann"));
    EXPECT_TRUE(outcome.saw(output, "oops"));
    EXPECT_TRUE(outcome.saw(output, "part"));
}

TEST(ExecHook, ReportsTheExitStatus) {
    const Outcome outcome = run_hook(shell("exit 7"));
    EXPECT_TRUE(outcome.ends_properly());
    EXPECT_EQ(outcome.status, 1);
    EXPECT_FALSE(outcome.result().ok);
    EXPECT_EQ(outcome.result().exit_status, 7);
}

TEST(ExecHook, ReportsACrash) {
    const Outcome outcome = run_hook(shell("kill -SEGV $$"));
    EXPECT_TRUE(outcome.ends_properly());
    EXPECT_EQ(outcome.result().exit_status, 128 + SIGSEGV);
    EXPECT_THAT(outcome.result().text, HasSubstr("SIGSEGV"));
    EXPECT_FALSE(outcome.result().killed);
}

TEST(ExecHook, SaysThatAProgramIsMissing) {
    Task task = shell("");
    task.what = ExecHook{{"/nowhere/at/all"}};
    const Outcome outcome = run_hook(task);
    EXPECT_TRUE(outcome.ends_properly());
    EXPECT_EQ(outcome.status, 1);
    EXPECT_THAT(outcome.result().text, HasSubstr("cannot run /nowhere/at/all: no such file"));
}

TEST(ExecHook, EndsAHungHookWithItsWholeGroup) {
    const TempDir dir;
    const Outcome outcome =
        run_hook(shell("sleep 60 & echo $! > " + dir.path("child") + "; wait", milliseconds(300)));
    EXPECT_TRUE(outcome.ends_properly());
    EXPECT_EQ(outcome.status, 1);
    EXPECT_TRUE(outcome.result().timed_out);
    EXPECT_TRUE(outcome.result().killed);
    EXPECT_EQ(outcome.result().exit_status, 128 + SIGTERM);
    EXPECT_THAT(outcome.result().text, HasSubstr("timed out after 300 ms"));
    const pid_t child = await_pid(dir.path("child"));
    EXPECT_TRUE(eventually([&] { return !runs(child); }));
}

TEST(ExecHook, KillsAHookThatIgnoresSigterm) {
    const Outcome outcome =
        run_hook(shell("trap '' TERM; while :; do sleep 1; done", milliseconds(200)));
    EXPECT_TRUE(outcome.ends_properly());
    EXPECT_TRUE(outcome.result().killed);
    EXPECT_EQ(outcome.result().exit_status, 128 + SIGKILL);
    EXPECT_GE(outcome.result().elapsed_ms, 5200);
}

TEST(ExecHook, CutsAFloodAndLetsTheProgramEnd) {
    const Outcome outcome = run_hook(shell("yes | head -c 3000000; exit 4"));
    EXPECT_TRUE(outcome.ends_properly());
    EXPECT_EQ(outcome.result().exit_status, 4);
    EXPECT_TRUE(outcome.saw(output, "output cut here"));
    EXPECT_LT(outcome.events.size(), 33000U);
}

TEST(ExecHook, CutsALongLine) {
    const Outcome outcome = run_hook(shell("head -c 5000 /dev/zero | tr '\\0' x; echo; echo next"));
    EXPECT_TRUE(outcome.ends_properly());
    EXPECT_TRUE(outcome.saw(output, std::string(1024, 'x') + " [line cut]"));
    EXPECT_TRUE(outcome.saw(output, "next"));
}

TEST(ExecHook, DoesNotWaitForWhoeverKeepsTheOutputOpen) {
    const TempDir dir;
    const auto before = std::chrono::steady_clock::now();
    const Outcome outcome = run_hook(shell("setsid sh -c 'echo $$ > " + dir.path("left") +
                                           "; exec sleep 60' & while ! test -s " +
                                           dir.path("left") + "; do sleep 0.01; done; echo done"));
    EXPECT_LT(std::chrono::steady_clock::now() - before, std::chrono::seconds(10));
    EXPECT_TRUE(outcome.ends_properly());
    EXPECT_TRUE(outcome.result().ok);
    EXPECT_TRUE(outcome.saw(output, "done"));
    EXPECT_TRUE(outcome.saw(progress, "left a process behind"));
    const pid_t left = await_pid(dir.path("left"));
    EXPECT_TRUE(runs(left));
    ::kill(left, SIGKILL);
}

TEST(ExecHook, HasNoDescriptorButItsOwnThree) {
    const Outcome outcome = run_hook(shell("exec ls /proc/self/fd"));
    EXPECT_TRUE(outcome.result().ok);
    EXPECT_TRUE(outcome.saw(output, "2"));
    EXPECT_FALSE(outcome.saw(output, "4"));  // 3 is the directory that ls reads
}

TEST(ExecHook, WaitsForThePortAfterAStop) {
    Port port;
    port.listen();
    Task task = shell("exit 0");
    task.action = Action::stop;
    task.address = port.address();
    Hook hook(task);
    EXPECT_TRUE(hook.read_until("waiting for " + port.address() + " to refuse connections"));
    port.close();
    const Outcome outcome = hook.wait();
    EXPECT_TRUE(outcome.ends_properly());
    EXPECT_TRUE(outcome.result().ok) << outcome.result().text;
    EXPECT_THAT(outcome.result().text, HasSubstr("refuses connections"));
}

TEST(ExecHook, AStopWhosePortStaysOpenHasFailed) {
    const Port port;
    port.listen();
    Task task = shell("exit 0", milliseconds(400));
    task.action = Action::stop;
    task.address = port.address();
    const Outcome outcome = run_hook(task);
    EXPECT_TRUE(outcome.ends_properly());
    EXPECT_FALSE(outcome.result().ok);
    EXPECT_TRUE(outcome.result().timed_out);
    EXPECT_EQ(outcome.result().exit_status, 0);
    EXPECT_THAT(outcome.result().text, HasSubstr("accepts connections"));
}

TEST(ExecHook, AUnixSocketThatIsGoneRefuses) {
    const TempDir dir;
    Task task = shell("exit 0");
    task.action = Action::stop;
    task.address = "unix:" + dir.path("socket");
    EXPECT_TRUE(run_hook(task).result().ok);
}

TEST(ExecHook, AHostNameIsLookedUp) {
    const Port port;
    Task task = shell("exit 0");
    task.action = Action::stop;
    task.address = "localhost:" + std::to_string(port.number());
    const Outcome outcome = run_hook(task);
    EXPECT_TRUE(outcome.result().ok) << outcome.result().text;
}

}  // namespace
}  // namespace lbdrain::hook::test
