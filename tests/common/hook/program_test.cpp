// lbdrain-hook as a program: its input, its signals, and callers that misbehave.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <unistd.h>

#include <csignal>

#include "eventually.hpp"
#include "hook_process.hpp"
#include "process.hpp"
#include "temp_dir.hpp"

namespace lbdrain::hook::test {
namespace {

using ::testing::HasSubstr;

TEST(Program, AnswersBadInputWithAResult) {
    for (const std::string& input :
         {std::string(), std::string("{"), std::string("null"), std::string("\0\xff\x80", 3),
          std::string(70000, 'x'), std::string(3000, '['), std::string("{\"action\":\"fly\"}"),
          encode(shell("exit 0")) + "trailing"}) {
        Hook hook{std::string_view(input)};
        const Outcome outcome = hook.wait();
        EXPECT_TRUE(outcome.ends_properly()) << input.substr(0, 40);
        EXPECT_EQ(outcome.status, 2) << input.substr(0, 40);
        EXPECT_THAT(outcome.result().text, HasSubstr("bad task: "));
    }
}

TEST(Program, ACallerThatGoesAwayDoesNotStopTheHook) {
    const TempDir dir;
    Hook hook(shell("echo begun; while ! test -e " + dir.path("go") +
                    "; do sleep 0.01; echo more; done; echo x > " + dir.path("done")));
    ASSERT_TRUE(hook.read_until("begun"));
    hook.abandon();
    dir.write("go", "");
    EXPECT_EQ(hook.wait().status, 0);
    EXPECT_EQ(read_file(dir.path("done")), "x\n");
}

TEST(Program, ACallerThatDoesNotReadDoesNotHoldUpTheHook) {
    const TempDir dir;
    Hook hook(shell("yes 123456789 | head -c 200000; echo x > " + dir.path("done")));
    EXPECT_TRUE(eventually([&] { return read_file(dir.path("done")) == "x\n"; }));
    const Outcome outcome = hook.wait();  // and once it reads, nothing was lost
    EXPECT_TRUE(outcome.ends_properly());
    EXPECT_TRUE(outcome.result().ok);
}

TEST(Program, SigtermEndsTheHookAndIsReported) {
    const TempDir dir;
    Hook hook(shell("sleep 60 & echo $! > " + dir.path("child") + "; echo begun; wait"));
    ASSERT_TRUE(hook.read_until("begun"));
    hook.signal(SIGTERM);
    const Outcome outcome = hook.wait();
    EXPECT_TRUE(outcome.ends_properly());
    EXPECT_EQ(outcome.status, 1);
    EXPECT_TRUE(outcome.result().killed);
    EXPECT_FALSE(outcome.result().timed_out);
    EXPECT_THAT(outcome.result().text, HasSubstr("interrupted"));
    EXPECT_TRUE(eventually([&] { return !runs(await_pid(dir.path("child"))); }));
}

TEST(Program, StartsWithOddSignalHandlingAndWorksAllTheSame) {
    ::signal(SIGCHLD, SIG_IGN);
    sigset_t all;
    sigset_t before;
    ::sigfillset(&all);
    ::sigprocmask(SIG_SETMASK, &all, &before);
    Hook hook(shell("kill -TERM $$; exit 5"));
    ::sigprocmask(SIG_SETMASK, &before, nullptr);
    ::signal(SIGCHLD, SIG_DFL);
    const Outcome outcome = hook.wait();
    EXPECT_TRUE(outcome.ends_properly());
    EXPECT_EQ(outcome.result().exit_status, 128 + SIGTERM) << outcome.result().text;
}

TEST(Program, TheRunFileMakesARunHappenOnce) {
    const TempDir dir;
    Task task = shell("echo ran >> " + dir.path("log") + "; exit 3");
    task.run_file = dir.path("run");
    task.run_id = "one";
    EXPECT_EQ(run_hook(task).result().exit_status, 3);
    const Outcome again = run_hook(task);
    EXPECT_TRUE(again.ends_properly());
    EXPECT_EQ(again.status, 1);
    EXPECT_TRUE(again.result().repeated);
    EXPECT_EQ(again.result().exit_status, 3);
    EXPECT_THAT(again.result().text, HasSubstr("already done: "));
    EXPECT_EQ(read_file(dir.path("log")), "ran\n");
    task.run_id = "two";
    EXPECT_FALSE(run_hook(task).result().repeated);
    EXPECT_EQ(read_file(dir.path("log")), "ran\nran\n");
}

TEST(Program, ASecondRunnerWaitsForTheFirstAndSharesItsResult) {
    const TempDir dir;
    Task task = shell("echo begun; echo ran >> " + dir.path("log") + "; while ! test -e " +
                      dir.path("go") + "; do sleep 0.01; done");
    task.run_file = dir.path("run");
    task.run_id = "one";
    Hook first(task);
    ASSERT_TRUE(first.read_until("begun"));
    Hook second(task);
    ASSERT_TRUE(second.read_until("another runner is still at it"));
    dir.write("go", "");
    EXPECT_TRUE(first.wait().result().ok);
    const Outcome outcome = second.wait();
    EXPECT_TRUE(outcome.ends_properly());
    EXPECT_TRUE(outcome.result().ok);
    EXPECT_TRUE(outcome.result().repeated);
    EXPECT_EQ(read_file(dir.path("log")), "ran\n");
}

// It would run once the first is done and something newer has taken the run file: a stop, then,
// after the start.
TEST(Program, AWaitingRunnerBeginsNothingWhenItsCallerIsGone) {
    const TempDir dir;
    Task task = shell("echo begun; echo ran >> " + dir.path("log") + "; while ! test -e " +
                      dir.path("go") + "; do sleep 0.01; done");
    task.run_file = dir.path("run");
    task.run_id = "one";
    Hook first(task);
    ASSERT_TRUE(first.read_until("begun"));
    Hook second(task);
    ASSERT_TRUE(second.read_until("another runner is still at it"));
    second.abandon();
    EXPECT_EQ(second.wait().status, 1) << "while the first is still running";
    dir.write("go", "");
    EXPECT_TRUE(first.wait().result().ok);
    EXPECT_EQ(read_file(dir.path("log")), "ran\n");
}

TEST(Program, WaitingForAnotherRunnerEndsAtTheTimeout) {
    const TempDir dir;
    Task task = shell("echo begun; sleep 60");
    task.run_file = dir.path("run");
    task.run_id = "one";
    Hook first(task);
    ASSERT_TRUE(first.read_until("begun"));
    task.timeout = milliseconds(200);
    const Outcome outcome = run_hook(task);
    EXPECT_TRUE(outcome.ends_properly());
    EXPECT_TRUE(outcome.result().timed_out);
    first.signal(SIGTERM);
    EXPECT_EQ(first.wait().status, 1);
}

TEST(Program, AnInterruptedRunMayBeRunAgain) {
    const TempDir dir;
    Task task = shell("echo begun; test -e " + dir.path("go") + " || sleep 60");
    task.run_file = dir.path("run");
    task.run_id = "one";
    Hook first(task);
    ASSERT_TRUE(first.read_until("begun"));
    first.signal(SIGTERM);
    EXPECT_EQ(first.wait().status, 1);
    dir.write("go", "");
    const Outcome outcome = run_hook(task);
    EXPECT_TRUE(outcome.result().ok);
    EXPECT_FALSE(outcome.result().repeated);
}

TEST(Program, ACorruptRunFileIsNothing) {
    const TempDir dir;
    for (const char* content : {"{", "\xff", R"({"run_id":"one"})",
                                R"({"run_id":"one","result":1})", R"({"run_id":1,"result":{}})"}) {
        Task task = shell("exit 0");
        task.run_file = dir.write("run", content);
        task.run_id = "one";
        const Outcome outcome = run_hook(task);
        EXPECT_TRUE(outcome.result().ok) << content;
        EXPECT_FALSE(outcome.result().repeated) << content;
        EXPECT_TRUE(run_hook(task).result().repeated) << content;
    }
}

TEST(Program, ARunFileThatCannotBeHadRunsNothing) {
    const TempDir dir;
    Task task = shell("echo ran > " + dir.path("log"));
    task.run_id = "one";
    task.run_file = dir.path("missing/run");
    EXPECT_THAT(run_hook(task).result().text, HasSubstr("cannot open run file"));
    task.run_file = dir.path("link");
    ASSERT_EQ(::symlink(dir.path("log").c_str(), task.run_file.c_str()), 0);
    EXPECT_THAT(run_hook(task).result().text, HasSubstr("cannot open run file"));
    EXPECT_EQ(read_file(dir.path("log")), "");
}

}  // namespace
}  // namespace lbdrain::hook::test
