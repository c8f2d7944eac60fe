// Finding whom to stop and what belongs to it: the parts, with what they read given to them.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include <filesystem>
#include <fstream>

#include "eventually.hpp"
#include "process.hpp"
#include "recorder.hpp"
#include "runner/cgroup.hpp"
#include "runner/line_capture.hpp"
#include "runner/pidfile.hpp"
#include "runner/process_handle.hpp"
#include "runner/signal_hook.hpp"
#include "runner/unit_group.hpp"
#include "runner/unit_state.hpp"
#include "sockets.hpp"
#include "temp_dir.hpp"

namespace lbdrain::hook::test {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;

TEST(Procfs, ReadsAStatLineWhateverTheName) {
    const auto info =
        parse_stat("42 (a) b (c) S 7 40 39 0 -1 4 1 0 0 0 0 0 0 0 20 0 5 0 987654 1 2 3");
    ASSERT_TRUE(info);
    EXPECT_EQ(info->pid, 42);
    EXPECT_EQ(info->name, "a) b (c");
    EXPECT_EQ(info->state, 'S');
    EXPECT_EQ(info->parent, 7);
    EXPECT_EQ(info->group, 40);
    EXPECT_EQ(info->session, 39);
    EXPECT_EQ(info->threads, 5);
    EXPECT_EQ(info->start_ticks, 987654U);
    for (const char* text : {"", "1", "1 (x)", "1 (x) ", "x (x) S 1", "1 )x( S", "1 (x) S 1 2"}) {
        EXPECT_FALSE(parse_stat(text)) << text;
    }
}

TEST(Procfs, AZombieWithLiveThreadsIsNotGone) {
    ProcessInfo info;
    info.state = 'Z';
    EXPECT_TRUE(info.is_gone());
    info.threads = 2;
    EXPECT_FALSE(info.is_gone());
}

TEST(Pidfile, AProcessMustBeOlderThanItsFile) {
    ProcessInfo process;
    process.start_ticks = 1000;  // 10 s after boot, at 100 ticks a second
    const Pidfile file{1, 60000};
    EXPECT_TRUE(may_be_named_by(process, file, 1000 + 6100, 100));   // 61 s old
    EXPECT_TRUE(may_be_named_by(process, file, 1000 + 5900, 100));   // rounding
    EXPECT_FALSE(may_be_named_by(process, file, 1000 + 5000, 100));  // 10 s too young
}

TEST(ProcessHandle, KillsOnlyTheVeryProcess) {
    const Process process("exec sleep 60");
    auto info = read_process(process.pid());
    ASSERT_TRUE(info);
    ProcessInfo reused = *info;
    reused.start_ticks -= 1;
    kill_exactly(reused);
    EXPECT_TRUE(runs(process.pid()));
    kill_exactly(*info);
    EXPECT_TRUE(eventually([&] { return !runs(process.pid()); }));
    EXPECT_TRUE(ProcessHandle::open(process.pid()).error().gone);
}

TEST(Cgroup, FindsTheUnifiedHierarchy) {
    EXPECT_EQ(unified_mount("25 30 0:23 / /sys/fs/cgroup ro - tmpfs tmpfs ro\n"
                            "26 25 0:24 / /sys/fs/cgroup/unified rw,nosuid - cgroup2 cgroup2 rw\n"),
              "/sys/fs/cgroup/unified");
    EXPECT_EQ(unified_mount("26 25 0:24 /docker/x /sys/fs/cgroup rw - cgroup2 cgroup2 rw\n"), "");
    EXPECT_EQ(unified_mount(""), "");
    EXPECT_EQ(unified_path("4:memory:/a\n0::/system.slice/v.service\n"), "/system.slice/v.service");
    EXPECT_EQ(unified_path("0::/gone.service (deleted)\n"), "");
    EXPECT_EQ(unified_path("4:memory:/a\n"), "");
}

TEST(UnitGroup, FindsSystemdsOwnHierarchyWhereThereIsNoUnifiedOne) {
    EXPECT_EQ(systemd_v1_mount("31 25 0:27 / /sys/fs/cgroup/pids rw - cgroup pids rw,pids\n"
                               "32 25 0:28 / /sys/fs/cgroup/systemd rw,nosuid shared:9 - cgroup "
                               "cgroup rw,xattr,name=systemd\n"),
              "/sys/fs/cgroup/systemd");
    EXPECT_EQ(systemd_v1_mount("32 25 0:28 /docker/x /sys/fs/cgroup/systemd rw - cgroup cgroup "
                               "rw,name=systemd\n"),
              "");
    EXPECT_EQ(systemd_v1_mount(""), "");
    EXPECT_FALSE(UnitGroup::at("/"));
    EXPECT_FALSE(UnitGroup::at("/system.slice/../.."));
    EXPECT_FALSE(UnitGroup::at("/system.slice/lbdrain-no-such.service"));
}

TEST(Cgroup, TheRootAndPathsOutsideAreNone) {
    EXPECT_FALSE(Cgroup::at("/"));
    EXPECT_FALSE(Cgroup::at(""));
    EXPECT_FALSE(Cgroup::at("/../x"));
    EXPECT_FALSE(Cgroup::at("/a/../.."));
}

TEST(UnitState, ReadsSystemctl) {
    const auto state = parse_unit_state(
        "LoadState=loaded\nActiveState=active\nMainPID=123\nControlGroup=/system.slice/"
        "v.service\n");
    ASSERT_TRUE(state);
    EXPECT_EQ(state->main_pid, 123);
    EXPECT_EQ(state->cgroup, "/system.slice/v.service");
    EXPECT_FALSE(parse_unit_state("LoadState=loaded\n"));
    EXPECT_FALSE(parse_unit_state(""));
}

TEST(UnitState, SaysWhyItCannotBeHad) {
    const TempDir dir;
    Recorder recorder;
    const auto program = [&](const char* name, const std::string& text) {
        const std::string path = dir.write(name, "#!/bin/sh\n" + text);
        ::chmod(path.c_str(), 0755);
        return path;
    };
    hook::Run run(recorder, milliseconds(5000));
    const auto good =
        query_unit(run, "v.service",
                   program("good",
                           "echo LoadState=loaded; echo ActiveState=active; echo MainPID=12; "
                           "echo ControlGroup=/x"));
    ASSERT_TRUE(good) << good.error();
    EXPECT_EQ(good->main_pid, 12);
    const auto no_bus =
        query_unit(run, "v.service", program("bad", "echo Failed to connect to bus >&2; exit 1"));
    EXPECT_THAT(no_bus.error(), HasSubstr("cannot ask systemd about v.service"));
    EXPECT_THAT(no_bus.error(), HasSubstr("Failed to connect to bus"));
    EXPECT_THAT(query_unit(run, "v.service", "/no/systemctl").error(), HasSubstr("no such file"));
    hook::Run brief(recorder, milliseconds(100));
    EXPECT_THAT(query_unit(brief, "v.service", program("hung", "sleep 60")).error(),
                HasSubstr("no answer"));
}

/// A control group of the test's own with one process tree in it; absent where that is not allowed.
class OwnCgroup {
  public:
    OwnCgroup() {
        const auto mounts = read_small_file("/proc/self/mountinfo", std::size_t{1} << 20);
        const std::string mount = mounts ? unified_mount(*mounts) : "";
        const auto own = Cgroup::of(::getpid());
        path_ = (own ? own->path() : "") + "/lbdrain-hook-test-" + std::to_string(::getpid());
        directory_ = mount + path_;
        std::error_code error;
        usable_ = !mount.empty() && std::filesystem::create_directory(directory_, error);
    }
    OwnCgroup(const OwnCgroup&) = delete;
    OwnCgroup& operator=(const OwnCgroup&) = delete;
    ~OwnCgroup() {
        if (usable_) {
            if (const auto group = Cgroup::at(path_)) {
                group->kill();
                eventually([&] { return group->processes().empty(); });
            }
            std::error_code ignored;
            std::filesystem::remove(directory_, ignored);
        }
    }

    bool usable() const { return usable_; }
    const std::string& path() const { return path_; }
    /// Shell text that moves the shell here.
    std::string enter() const { return "echo $$ > " + directory_ + "/cgroup.procs; "; }

  private:
    std::string path_;
    std::string directory_;
    bool usable_ = false;
};

TEST(StopLadder, AUnitsControlGroupIsClearedOfOrphans) {
    const OwnCgroup group;
    if (!group.usable()) {
        GTEST_SKIP() << "no control group may be made here";
    }
    const TempDir dir;
    // The orphan is in no group, session or line of the main process any more.
    const Process main(group.enter() + "setsid sh -c 'trap \"\" TERM; (echo $$ > " +
                       dir.path("mid") + "; exec sleep 60) & echo $! > " + dir.path("orphan") +
                       "' & wait $!; trap 'exit 0' TERM; echo $$ > " + dir.path("ready") +
                       "; while :; do sleep 0.05; done");
    const pid_t orphan = await_pid(dir.path("orphan"));
    ASSERT_EQ(await_pid(dir.path("ready")), main.pid());
    ASSERT_TRUE(runs(orphan));
    auto handle = ProcessHandle::open(main.pid());
    ASSERT_TRUE(handle);
    const auto cgroup = Cgroup::at(group.path());
    ASSERT_TRUE(cgroup);
    EXPECT_TRUE(cgroup->contains(main.pid()));
    EXPECT_FALSE(cgroup->contains(::getpid()));
    StopTarget target;
    target.unit = "v.service";
    target.scope.emplace(handle->info(), *cgroup);
    target.main.emplace(std::move(*handle));
    Recorder recorder;
    hook::Run run(recorder, milliseconds(20000));
    const Port port;
    Task task;
    task.address = port.address();
    const Event result = stop_target(run, task, SignalHook(), target);
    EXPECT_TRUE(result.ok) << result.text;
    EXPECT_FALSE(result.killed);
    EXPECT_THAT(result.text, HasSubstr("left behind: pid " + std::to_string(orphan)));
    EXPECT_FALSE(runs(orphan));
    EXPECT_TRUE(cgroup->processes().empty());
    EXPECT_TRUE(recorder.saw("control group " + group.path()));
}

TEST(StopLadder, AControlGroupWithAStrangerInItIsNotKilled) {
    const OwnCgroup group;
    if (!group.usable()) {
        GTEST_SKIP() << "no control group may be made here";
    }
    const TempDir dir;
    const Process neighbour(group.enter() + "echo $$ > " + dir.path("n") + "; exec sleep 60");
    const Process main(group.enter() + "echo $$ > " + dir.path("m") + "; sleep 60");
    ASSERT_EQ(await_pid(dir.path("n")), neighbour.pid());
    ASSERT_EQ(await_pid(dir.path("m")), main.pid());
    const KillScope scope(*read_process(main.pid()));
    EXPECT_EQ(scope.describe(), "process group " + std::to_string(main.pid()));
    scope.kill();
    EXPECT_TRUE(eventually([&] { return !runs(main.pid()); }));
    EXPECT_TRUE(runs(neighbour.pid()));
}

TEST(KillScope, NeverHoldsUsOrOurAncestors) {
    // A child shares our process group, session and control group.
    const pid_t child = ::fork();
    if (child == 0) {
        ::execl("/bin/sleep", "sleep", "60", static_cast<char*>(nullptr));
        ::_exit(127);
    }
    const KillScope scope(*read_process(child));
    const auto members = scope.members();
    EXPECT_EQ(members.size(), 1U);
    scope.kill();
    int status = 0;
    EXPECT_EQ(::waitpid(child, &status, 0), child);
}

TEST(LineCapture, CutsLinesAndTheWhole) {
    std::vector<std::string> lines;
    LineCapture capture([&](std::string line) { lines.push_back(std::move(line)); });
    capture.feed("a\r\nb");
    capture.feed("c\n\nlast");
    capture.finish();
    EXPECT_THAT(lines, ElementsAre("a", "bc", "", "last"));
    lines.clear();
    for (int i = 0; i < 200; ++i) {
        capture.feed(std::string(2000, 'x') + "\n");
    }
    capture.finish();
    EXPECT_EQ(lines.size(), 64U);
    EXPECT_THAT(lines.back(), HasSubstr("output cut here"));
}

}  // namespace
}  // namespace lbdrain::hook::test
