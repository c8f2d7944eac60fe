// SystemdMachine itself: what is done in it stays in it, and it leaves nothing.
#include <gmock/gmock.h>

#include <filesystem>
#include <fstream>

#include "hook_inside.hpp"
#include "process_table.hpp"

namespace lbdrain::test {
namespace {

using ::testing::HasSubstr;
using ::testing::Not;

// The machine's control group, from outside, by its systemd's: <group>/init.scope.
std::filesystem::path group_of(const SystemdMachine& machine) {
    std::ifstream file("/proc/" + std::to_string(machine.init()) + "/cgroup");
    std::string path;
    for (std::string line; std::getline(file, line);) {
        if (line.starts_with("0::")) {
            path = line.substr(3);
        }
    }
    for (const char* mount : {"/sys/fs/cgroup", "/sys/fs/cgroup/unified"}) {
        if (std::filesystem::exists(mount + path)) {
            return std::filesystem::path(mount + path).parent_path();
        }
    }
    return {};
}

TEST_F(SystemdTest, TheMachineIsSeparateAndLeavesNothing) {
    const auto before = descendants_of(::getpid());
    EXPECT_EQ(machine_->run({"systemctl", "is-system-running"}).out, "running\n");
    machine_->write("/etc/lbdrain-was-here/file", "x");
    EXPECT_FALSE(std::filesystem::exists("/etc/lbdrain-was-here"));
    EXPECT_THAT(machine_->shell("ip -o link"), Not(HasSubstr("eth")));
    EXPECT_EQ(machine_->shell("cat /proc/1/comm"), "systemd\n");
    machine_->shell("echo seen >/run/share/seen");
    EXPECT_EQ(read_file(machine_->share() / "seen"), "seen\n");
    const auto group = group_of(*machine_);
    EXPECT_THAT(group.string(), HasSubstr("/lbdrain-machine-"));
    const std::filesystem::path share = machine_->share();
    const pid_t init = machine_->init();

    machine_.reset();
    EXPECT_FALSE(std::filesystem::exists(group)) << group;
    EXPECT_FALSE(std::filesystem::exists(share));
    EXPECT_FALSE(std::filesystem::exists("/proc/" + std::to_string(init)));
    for (const auto& process : before) {
        EXPECT_TRUE(is_gone(process)) << process.title;
    }
    EXPECT_THAT(read_file("/proc/self/mountinfo"), Not(HasSubstr(share.string())));
}

}  // namespace
}  // namespace lbdrain::test
