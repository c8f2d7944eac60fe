#include "process.hpp"

#include <gtest/gtest.h>

#include <set>

#include "endpoint.hpp"
#include "ports.hpp"
#include "process_table.hpp"
#include "temp_dir.hpp"

namespace lbdrain::test {
namespace {

ProcessOptions shell(const std::string& script) {
    return {.argv = {"sh", "-c", script}};
}

TEST(Process, TellsExitCodeAndOutput) {
    auto options = shell("echo out $LBDRAIN_X; echo err >&2; exit 3");
    options.env["LBDRAIN_X"] = "x";
    const auto result = run_command(options);
    EXPECT_EQ(result.status.code, 3);
    EXPECT_EQ(result.status.signal, 0);
    EXPECT_EQ(result.out, "out x\n");
    EXPECT_EQ(result.err, "err\n");
    EXPECT_FALSE(result.timed_out);
}

TEST(Process, TellsASignal) {
    Process process(shell("kill -TERM $$; sleep 60"));
    const auto status = process.wait();
    ASSERT_TRUE(status);
    EXPECT_EQ(status->signal, SIGTERM);
    EXPECT_FALSE(status->ok());
}

TEST(Process, StopsWaitingAtTheLimit) {
    Process process({.argv = {"sleep", "60"}});
    EXPECT_FALSE(process.wait(Millis{20}));
    EXPECT_TRUE(process.running());
    const auto result = run_command({.argv = {"sleep", "60"}}, Millis{20});
    EXPECT_TRUE(result.timed_out);
    EXPECT_EQ(result.status.signal, SIGKILL);
}

TEST(Process, AMissingProgramIsAnExitCode) {
    EXPECT_EQ(run_command({.argv = {"/no/such/program"}}).status.code, 127);
}

TEST(Process, LeavesNothingBehind) {
    pid_t pid = 0;
    {
        const Process process({.argv = {"sleep", "60"}});
        pid = process.pid();
        ASSERT_EQ(::kill(pid, 0), 0);
    }
    EXPECT_NE(::kill(pid, 0), 0);
}

TEST(ProcessGuard, KillsWhatItsCommandLeftBehind) {
    const TempDir directory;
    // The shell ends at once; the guard stays for the orphan.
    auto options = shell("setsid sleep 60 & echo $! > pid.new; mv pid.new pid");
    options.argv.insert(options.argv.begin(), LBDRAIN_PROCESS_GUARD);
    options.directory = directory.path().string();
    Process guard(options);
    ASSERT_TRUE(eventually(long_enough, [&] {
        const auto left = descendants_of(guard.pid());
        return left.size() == 1 && left[0].title == "sleep 60" && left[0].parent == guard.pid();
    }));
    const auto orphan = descendants_of(guard.pid()).at(0);
    EXPECT_FALSE(is_gone(orphan));
    guard.signal(SIGTERM);
    ASSERT_TRUE(guard.wait());
    EXPECT_TRUE(is_gone(orphan));
    EXPECT_NE(guard.out().find("killed by signal 9"), std::string::npos);
}

TEST(ProcessGuard, EndsWithItsCommand) {
    auto options = shell("exit 7");
    options.argv.insert(options.argv.begin(), LBDRAIN_PROCESS_GUARD);
    EXPECT_EQ(run_command(options).status.code, 7);
}

TEST(TempDir, IsRemovedWithItsContent) {
    std::filesystem::path path;
    {
        const TempDir directory;
        path = directory.path();
        directory.write("a", "text");
        EXPECT_EQ(read_file(directory / "a"), "text");
    }
    EXPECT_FALSE(std::filesystem::exists(path));
}

TEST(Ports, AreFreeAndNeverGivenTwice) {
    std::set<std::uint16_t> seen;
    for (int i = 0; i < 120; ++i) {  // more than one block
        const auto port = free_port();
        EXPECT_TRUE(seen.insert(port).second);
        EXPECT_TRUE(listen_on(Endpoint::tcp(port)));
    }
}

}  // namespace
}  // namespace lbdrain::test
