// The stop ladder on real process trees.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <fcntl.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include <array>
#include <csignal>
#include <ctime>

#include "eventually.hpp"
#include "hook_process.hpp"
#include "process.hpp"
#include "sockets.hpp"
#include "temp_dir.hpp"

namespace lbdrain::hook::test {
namespace {

using enum Event::Kind;
using ::testing::HasSubstr;
using ::testing::Not;

class Ladder : public ::testing::Test {
  protected:
    /// A stop of what `pid` names, at an address that refuses connections.
    Task stop(std::string pidfile, milliseconds stop_timeout = milliseconds(10000)) {
        Task task;
        task.action = Action::stop;
        task.timeout = milliseconds(20000);
        task.address = port_.address();
        auto& hook = task.what.emplace<SignalHook>();
        hook.pidfile = std::move(pidfile);
        hook.stop_timeout = stop_timeout;
        return task;
    }

    std::string path(std::string_view name) const { return dir_.path(name); }
    std::string pidfile(pid_t pid) const { return dir_.write("pid", std::to_string(pid) + "\n"); }
    /// Shell text that notes the shell's pid in `name`.
    std::string note(const char* name) const { return "echo $$ > " + path(name) + "; "; }

    TempDir dir_;
    Port port_;
};

TEST_F(Ladder, AProcessThatObeysIsNotKilled) {
    const Process main("trap 'exit 0' TERM; " + note("ready") + "while :; do sleep 0.05; done");
    ASSERT_EQ(await_pid(path("ready")), main.pid());
    const Outcome outcome = run_hook(stop(pidfile(main.pid())));
    EXPECT_TRUE(outcome.ends_properly());
    EXPECT_EQ(outcome.status, 0) << outcome.result().text;
    EXPECT_FALSE(outcome.result().killed);
    EXPECT_THAT(outcome.result().text, HasSubstr("after SIGTERM"));
    EXPECT_FALSE(runs(main.pid()));
}

TEST_F(Ladder, SendsTheSignalThatIsAskedFor) {
    const Process main("trap 'echo int > " + path("got") + "; exit 0' INT; trap '' TERM; " +
                       note("ready") + "while :; do sleep 0.05; done");
    await_pid(path("ready"));
    Task task = stop(pidfile(main.pid()));
    std::get<SignalHook>(task.what).signal = SIGINT;
    EXPECT_FALSE(run_hook(task).result().killed);
    EXPECT_EQ(read_file(path("got")), "int\n");
}

TEST_F(Ladder, AProcessThatIgnoresItIsKilledWithAllThatIsItsOwn) {
    // One child in the group, one in another group of the session, one in another session.
    const Process main("trap '' TERM; sleep 60 & echo $! > " + path("same") + "; set -m; sh -c '" +
                           note("other") + "exec sleep 60' & setsid sh -c '" + note("far") +
                           "exec sleep 60' & while :; do sleep 0.05; done",
                       true);
    const pid_t same = await_pid(path("same"));
    const pid_t other = await_pid(path("other"));
    const pid_t far = await_pid(path("far"));
    const Outcome outcome = run_hook(stop(pidfile(main.pid()), milliseconds(1300)));
    EXPECT_TRUE(outcome.ends_properly());
    EXPECT_TRUE(outcome.result().ok) << outcome.result().text;
    EXPECT_TRUE(outcome.result().killed);
    EXPECT_THAT(outcome.result().text, HasSubstr("did not exit within 1.3 s of SIGTERM"));
    EXPECT_TRUE(outcome.saw(
        progress, "waiting for pid " + std::to_string(main.pid()) + " to exit, 1 s of 1.3 s"));
    for (const pid_t pid : {main.pid(), same, other, far}) {
        EXPECT_FALSE(runs(pid));
    }
}

TEST_F(Ladder, WhatAnObedientProcessLeavesBehindIsKilledAndReported) {
    // As vLLM's engine outlives its API server.
    const Process main("(trap '' TERM; echo x; exec sleep 60) & echo $! > " + path("engine") +
                       "; trap 'exit 0' TERM; while :; do sleep 0.05; done");
    const pid_t engine = await_pid(path("engine"));
    const Outcome outcome = run_hook(stop(pidfile(main.pid())));
    EXPECT_TRUE(outcome.ends_properly());
    EXPECT_TRUE(outcome.result().ok) << outcome.result().text;
    EXPECT_FALSE(outcome.result().killed);
    EXPECT_THAT(outcome.result().text,
                HasSubstr("killed what it left behind: pid " + std::to_string(engine)));
    EXPECT_FALSE(runs(engine));
}

TEST_F(Ladder, AChildThatIsExitingTooIsNotReported) {
    const Process main(
        "(trap 'sleep 0.3; exit 0' TERM; while :; do sleep 0.05; done) & c=$!; "
        "trap 'kill $c; exit 0' TERM; " +
        note("ready") + "while :; do sleep 0.05; done");
    await_pid(path("ready"));
    const Outcome outcome = run_hook(stop(pidfile(main.pid())));
    EXPECT_TRUE(outcome.result().ok);
    EXPECT_THAT(outcome.result().text, Not(HasSubstr("killed")));
}

TEST_F(Ladder, ANeighbourInTheSameGroupIsNotTouched) {
    // Two replicas under one script, as a supervisor without job control runs them.
    const Process script("for n in a b; do sh -c 'trap \"\" TERM; echo $$ > " + path("$0") +
                         "; while :; do sleep 0.05; done' $n & done; wait");
    const pid_t a = await_pid(path("a"));
    const pid_t b = await_pid(path("b"));
    const Outcome outcome = run_hook(stop(pidfile(a), milliseconds(200)));
    EXPECT_TRUE(outcome.result().ok) << outcome.result().text;
    EXPECT_TRUE(outcome.result().killed);
    EXPECT_FALSE(runs(a));
    EXPECT_TRUE(runs(b));
    EXPECT_TRUE(runs(script.pid()));
}

TEST_F(Ladder, TheTimeoutOfTheTaskCutsTheStopTimeout) {
    const Process main("trap '' TERM; " + note("ready") + "while :; do sleep 0.05; done");
    await_pid(path("ready"));
    Task task = stop(pidfile(main.pid()), milliseconds(60000));
    task.timeout = milliseconds(300);
    const Outcome outcome = run_hook(task);
    EXPECT_TRUE(outcome.ends_properly());
    EXPECT_TRUE(outcome.result().ok);
    EXPECT_TRUE(outcome.result().killed);
    EXPECT_FALSE(runs(main.pid()));
}

TEST_F(Ladder, SigtermToTheRunnerLeavesTheProcessToItsSignal) {
    const Process main("trap '' TERM; " + note("ready") + "while :; do sleep 0.05; done");
    await_pid(path("ready"));
    Hook hook(stop(pidfile(main.pid())));
    ASSERT_TRUE(hook.read_until("sending SIGTERM"));
    hook.signal(SIGTERM);
    const Outcome outcome = hook.wait();
    EXPECT_TRUE(outcome.ends_properly());
    EXPECT_FALSE(outcome.result().ok);
    EXPECT_THAT(outcome.result().text, HasSubstr("interrupted"));
    EXPECT_TRUE(runs(main.pid()));
}

TEST_F(Ladder, AProcessThatIsGoneIsASuccess) {
    pid_t gone = 0;
    {
        const Process main("exit 0");
        gone = main.pid();
        // A zombie waits for us, its parent, and counts as gone.
        ASSERT_TRUE(eventually([&] { return !runs(gone); }));
        EXPECT_THAT(run_hook(stop(pidfile(gone))).result().text, HasSubstr("already gone"));
    }
    const Outcome outcome = run_hook(stop(pidfile(gone)));
    EXPECT_TRUE(outcome.ends_properly());
    EXPECT_TRUE(outcome.result().ok);
    EXPECT_THAT(outcome.result().text, HasSubstr("already gone"));
    port_.listen();
    const Outcome served = run_hook(stop(pidfile(gone)));
    EXPECT_FALSE(served.result().ok);
    EXPECT_THAT(served.result().text, HasSubstr("does not refuse connections"));
}

TEST_F(Ladder, AMissingPidfileIsASuccessOnlyIfThePortRefuses) {
    EXPECT_TRUE(run_hook(stop(path("none"))).result().ok);
    port_.listen();
    const Outcome outcome = run_hook(stop(path("none")));
    EXPECT_FALSE(outcome.result().ok);
    EXPECT_THAT(outcome.result().text, HasSubstr("there is no pidfile " + path("none")));
}

TEST_F(Ladder, APidfileMustHoldOnePid) {
    for (const char* content : {"", "abc", "12x", "1 2", "-5", "99999999999", "0x10"}) {
        const Outcome outcome = run_hook(stop(dir_.write("pid", content)));
        EXPECT_FALSE(outcome.result().ok) << content;
        EXPECT_THAT(outcome.result().text, HasSubstr("does not hold a pid")) << content;
    }
    EXPECT_THAT(run_hook(stop(dir_.path(""))).result().text, HasSubstr("not a regular file"));
}

TEST_F(Ladder, SomePidsAreNeverSignalled) {
    for (const pid_t pid : {0, 1, ::getpid()}) {
        const Outcome outcome = run_hook(stop(pidfile(pid)));
        EXPECT_FALSE(outcome.result().ok);
        EXPECT_THAT(outcome.result().text, HasSubstr("signalled"));
    }
}

TEST_F(Ladder, AProcessYoungerThanThePidfileIsAStranger) {
    const Process stranger("trap '' TERM; " + note("ready") + "while :; do sleep 0.05; done");
    await_pid(path("ready"));
    const std::string file = pidfile(stranger.pid());
    const timespec old{.tv_sec = ::time(nullptr) - 3600, .tv_nsec = 0};
    const std::array<timespec, 2> times{old, old};
    ASSERT_EQ(::utimensat(AT_FDCWD, file.c_str(), times.data(), 0), 0);
    const Outcome outcome = run_hook(stop(file, milliseconds(200)));
    EXPECT_TRUE(outcome.result().ok) << outcome.result().text;
    EXPECT_THAT(outcome.result().text, HasSubstr("younger process"));
    EXPECT_TRUE(runs(stranger.pid()));
}

TEST_F(Ladder, SaysWhoseProcessMayNotBeSignalled) {
    if (::getuid() != 0) {
        GTEST_SKIP() << "needs root to start a process of another user";
    }
    const Process other("exec sleep 60");  // ours, that is root's
    ASSERT_EQ(::chmod(path("").c_str(), 0755), 0);
    const std::string input = path("input");
    dir_.write("input", encode(stop(pidfile(other.pid()))));
    const pid_t child = ::fork();
    if (child == 0) {
        const int in = ::open(input.c_str(), O_RDONLY);
        const int out = ::open(path("output").c_str(), O_WRONLY | O_CREAT, 0644);
        if (in < 0 || out < 0 || ::dup2(in, 0) < 0 || ::dup2(out, 1) < 0 || ::setgid(65534) != 0 ||
            ::setuid(65534) != 0) {
            ::_exit(126);
        }
        ::execl(LBDRAIN_HOOK, LBDRAIN_HOOK, static_cast<char*>(nullptr));
        ::_exit(127);
    }
    int status = 0;
    ::waitpid(child, &status, 0);
    if (WEXITSTATUS(status) == 127) {
        GTEST_SKIP() << "another user may not read the program under test";
    }
    EXPECT_EQ(WEXITSTATUS(status), 1);
    EXPECT_THAT(read_file(path("output")), HasSubstr("not permitted to signal pid " +
                                                     std::to_string(other.pid()) + " of user 0"));
    EXPECT_TRUE(runs(other.pid()));
}

}  // namespace
}  // namespace lbdrain::hook::test
