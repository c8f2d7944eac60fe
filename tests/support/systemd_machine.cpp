#include "systemd_machine.hpp"

#include <fstream>
#include <stdexcept>

namespace lbdrain::test {
namespace {

std::vector<std::string> command(const TempDir& state,
                                 const std::vector<std::filesystem::path>& paths) {
    std::vector<std::string> argv{LBDRAIN_SYSTEMD_MACHINE, state.path()};
    for (const auto& path : paths) {
        argv.push_back(std::filesystem::absolute(path));
    }
    return argv;
}

}  // namespace

std::string SystemdMachine::lacking() {
    const auto checked = run_command({.argv = {LBDRAIN_SYSTEMD_MACHINE, "--check"}});
    return checked.status.ok() ? "" : "no systemd can be booted here: " + checked.err;
}

// SIGTERM, not SIGKILL, even when the test dies: the script has a control group to remove.
SystemdMachine::SystemdMachine(const std::vector<std::filesystem::path>& paths)
    : script_({.argv = command(state_, paths), .death_signal = SIGTERM}) {
    std::filesystem::permissions(state_.path(), std::filesystem::perms{0755});
    const bool up = eventually(long_enough, [&] {
        std::ifstream(state_ / "init") >> init_;
        return init_ != 0 || !script_.running();
    });
    if (!up || init_ == 0) {
        throw std::runtime_error("no systemd was booted: " + script_.err());
    }
    wait_running();
}

void SystemdMachine::wait_running() {
    std::string state;
    const bool running = eventually(long_enough, [&] {
        state = run({"systemctl", "is-system-running"}).out;
        return state == "running\n" || state == "degraded\n" || !script_.running();
    });
    if (!running || !script_.running()) {
        throw std::runtime_error("systemd did not come up (" + state + "): " + log());
    }
}

SystemdMachine::~SystemdMachine() {
    script_.signal(SIGTERM);
    script_.wait();
}

void SystemdMachine::reboot() {
    const pid_t before = init_;
    run({"systemctl", "--no-block", "reboot"});
    const bool again = eventually(long_enough * 3, [&] {
        pid_t pid = 0;
        std::ifstream(state_ / "init") >> pid;
        init_ = pid != 0 ? pid : before;
        return init_ != before || !script_.running();
    });
    if (!again || init_ == before) {
        throw std::runtime_error("systemd did not reboot: " + script_.err());
    }
    wait_running();
}

bool SystemdMachine::power_off(Millis limit) {
    run({"systemctl", "--no-block", "poweroff"});
    return script_.wait(limit).has_value();
}

// --wd: of systemd itself, "/"; one that is named would be opened outside.
ProcessOptions SystemdMachine::inside(const std::vector<std::string>& argv) const {
    ProcessOptions options{
        .argv = {"nsenter", "--target", std::to_string(init_), "--all", "--wd", "--"}};
    options.argv.insert(options.argv.end(), argv.begin(), argv.end());
    return options;
}

CommandResult SystemdMachine::run(const std::vector<std::string>& argv, Millis limit) const {
    return run_command(inside(argv), limit);
}

std::string SystemdMachine::shell(const std::string& script, Millis limit) const {
    const auto result = run({"/bin/sh", "-ec", script}, limit);
    if (!result.status.ok()) {
        throw std::runtime_error("failed inside: " + script + ": " + result.out + result.err);
    }
    return result.out;
}

void SystemdMachine::write(const std::string& path, std::string_view text) const {
    state_.write("written", text);
    shell("mkdir -p \"$(dirname '" + path + "')\"; cp /run/share/written '" + path + "'");
}

void SystemdMachine::add_unit(const std::string& name, std::string_view text) const {
    write("/etc/systemd/system/" + name, text);
    shell("systemctl daemon-reload");
}

std::string SystemdMachine::property(const std::string& unit, const std::string& name) const {
    std::string value = shell("systemctl show --value -p " + name + " -- " + unit);
    value.resize(value.find_last_not_of('\n') + 1);
    return value;
}

std::string SystemdMachine::log() const {
    return read_file(state_ / "console") +
           run({"journalctl", "--no-pager", "--lines=100", "--output=short-monotonic"}).out;
}

}  // namespace lbdrain::test
