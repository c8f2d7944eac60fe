// A hook runs once, even when the worker that drives it is killed in the middle of it.
#include <fcntl.h>
#include <gtest/gtest.h>
#include <sys/stat.h>

#include <algorithm>
#include <cctype>
#include <fstream>

#include "hook_fixture.hpp"

namespace lbdrain::test {
namespace {

// Children of nginx's processes that nobody has collected.
std::vector<std::string> zombies(const Nginx& nginx) {
    std::vector<pid_t> parents{nginx.master()};
    for (const auto& worker : nginx.workers()) {
        parents.push_back(worker.process.pid);
    }
    std::vector<std::string> found;
    for (const auto& entry : std::filesystem::directory_iterator("/proc")) {
        if (std::isdigit(static_cast<unsigned char>(entry.path().filename().string()[0])) == 0) {
            continue;
        }
        std::string stat;
        std::getline(std::ifstream(entry.path() / "stat"), stat);  // empty if it has gone meanwhile
        const auto end = stat.rfind(')');
        if (end == std::string::npos || stat.size() < end + 4 || stat[end + 2] != 'Z') {
            continue;
        }
        const auto parent = static_cast<pid_t>(std::stol(stat.substr(end + 4)));
        if (std::ranges::count(parents, parent) > 0) {
            found.push_back(stat.substr(0, end + 1));
        }
    }
    return found;
}

class HookOnceTest : public HookTest {
  protected:
    void SetUp() override {
        fifo = (it.nginx().directory() / "go").string();
        ASSERT_EQ(::mkfifo(fifo.c_str(), 0600), 0);
        start("drain_stop_hook exec " + script("stop", "read x < $DIR/go; ask /stop") + ";" +
              "drain_start_hook exec " + script("start", "read x < $DIR/go; ask /start") + ";");
    }

    // Lets the hook that waits go on.
    void go() {
        UniqueFd fd(::open(fifo.c_str(), O_WRONLY | O_CLOEXEC));
        ASSERT_EQ(::write(fd.get(), "x\n", 2), 2);
    }

    // Children of the master only: a hook looks like a worker until it has become lbdrain-hook.
    std::vector<pid_t> workers() {
        std::vector<pid_t> pids;
        for (const auto& worker : it.nginx().workers()) {
            if (worker.process.parent == it.nginx().master()) {
                pids.push_back(worker.process.pid);
            }
        }
        return pids;
    }

    // The driving worker is one of them.
    void kill_all_workers() {
        const auto before = workers();
        ASSERT_EQ(before.size(), 2U);
        for (const pid_t pid : before) {
            ASSERT_TRUE(it.nginx().kill_worker(pid));
        }
        ASSERT_TRUE(eventually(long_enough, [&] {
            const auto now = workers();
            return now.size() == before.size() && std::ranges::none_of(now, [&](pid_t pid) {
                       return std::ranges::count(before, pid) > 0;
                   });
        }));
    }

    bool wait_for_runs(std::size_t number) {
        return eventually(long_enough, [&] { return runs().size() == number; });
    }

    void expect_no_trace() {
        EXPECT_TRUE(eventually(long_enough, [&] { return zombies(it.nginx()).empty(); }))
            << testing::PrintToString(zombies(it.nginx()));
        it.nginx().expect_clean_log({"exited on signal 9"});
    }

    std::string fifo;
};

TEST_F(HookOnceTest, OverTheDeathOfTheWorkerThatDrives) {
    ASSERT_TRUE(has_status(it.command(0, "restart", R"({"wait":false,"by":"ann"})"), 202));
    ASSERT_TRUE(wait_for_runs(1));
    for (int i = 0; i < 2; ++i) {
        ASSERT_NO_FATAL_FAILURE(kill_all_workers());
        EXPECT_EQ(it.state(0), "stopping");
        EXPECT_EQ(text_of(it.server(0).at("sequence").as_object(), "by"), "ann");
        expect_traffic_avoids_0();
    }
    ASSERT_NO_FATAL_FAILURE(go());
    ASSERT_TRUE(wait_for_runs(2));
    ASSERT_NO_FATAL_FAILURE(kill_all_workers());
    EXPECT_EQ(it.state(0), "starting");
    ASSERT_NO_FATAL_FAILURE(go());
    EXPECT_TRUE(it.wait_for_state(0, "ready"));
    EXPECT_EQ(runs(), (std::vector<std::string>{"stop", "start"}));
    EXPECT_EQ(asked.size(), 2U);
    expect_no_trace();
}

TEST_F(HookOnceTest, OverADeathAfterTheHookEnded) {
    ASSERT_TRUE(has_status(it.command(0, "stop", R"({"wait":false})"), 202));
    ASSERT_TRUE(wait_for_runs(1));
    // Frozen, the workers cannot see the hook end; then they are killed.
    const auto before = workers();
    for (const pid_t pid : before) {
        ASSERT_TRUE(it.nginx().kill_worker(pid, SIGSTOP));
    }
    ASSERT_NO_FATAL_FAILURE(go());
    ASSERT_TRUE(eventually(long_enough, [&] { return !it.replica(0).listening(); }));
    const auto record = it.nginx().directory() / "state/state.hooks";
    ASSERT_TRUE(eventually(long_enough, [&] {
        return std::ranges::any_of(std::filesystem::directory_iterator(record), [](const auto& f) {
            return read_file(f.path()).find("result") != std::string::npos;
        });
    })) << "the run's outcome is kept";
    for (const pid_t pid : before) {
        ASSERT_TRUE(it.nginx().kill_worker(pid));
    }
    EXPECT_TRUE(it.wait_for_state(0, "stopped"));
    EXPECT_EQ(runs().size(), 1U);
    EXPECT_EQ(asked.size(), 1U);
    expect_no_trace();
}

TEST_F(HookOnceTest, AndAgainForTheNextCommand) {
    for (int i = 1; i <= 3; ++i) {
        auto restart = it.begin(0, "restart");
        ASSERT_TRUE(wait_for_runs(2 * i - 1));
        ASSERT_NO_FATAL_FAILURE(go());
        ASSERT_TRUE(wait_for_runs(2 * i));
        ASSERT_NO_FATAL_FAILURE(go());
        ASSERT_TRUE(has_status(restart->wait().value(), 200));
        EXPECT_EQ(asked.size(), 2U * i);
    }
    expect_no_trace();
}

}  // namespace
}  // namespace lbdrain::test
