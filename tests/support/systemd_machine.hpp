// A real systemd to test with: the machine's own, booted as PID 1 of namespaces of its own over a
// copy-on-write view of the root file system, in about half a second. It has its own network (lo
// only, so that ports never collide), its own empty /run and /tmp, dbus and journald; nothing that
// is done in it is seen outside, and nothing of it is left when the object dies. Needs root.
// One owner; not thread-safe.
#pragma once

#include <sys/types.h>

#include <filesystem>
#include <string>
#include <string_view>
#include <vector>

#include "process.hpp"
#include "temp_dir.hpp"
#include "wait.hpp"

namespace lbdrain::test {

class SystemdMachine {
  public:
    // What the kernel or the rights do not allow here, for GTEST_SKIP; empty: it can be booted.
    static std::string lacking();

    // Boots it. `paths`, files or directories, can be read inside too, under the same names; what
    // lies on the root file system outside /tmp and /run is there anyway. Throws if it fails.
    explicit SystemdMachine(const std::vector<std::filesystem::path>& paths = {});
    ~SystemdMachine();
    SystemdMachine(const SystemdMachine&) = delete;
    SystemdMachine& operator=(const SystemdMachine&) = delete;

    // `systemctl reboot`: what was written to the root file system is there again, /run and /tmp
    // are empty, no unit but the basic ones runs. Returns when it is up; throws if it is not.
    void reboot();
    // `systemctl poweroff`, to its end. False: it had not ended at the limit.
    bool power_off(Millis limit = long_enough);

    pid_t init() const { return init_; }  // systemd's pid, as seen from outside
    // A directory that both sides see; inside it is /run/share.
    const std::filesystem::path& share() const { return state_.path(); }

    // A command inside, for Process and run_command(). It has other pids there: to signal it, have
    // it write its own down. Killing the Process leaves it running until the machine goes.
    ProcessOptions inside(const std::vector<std::string>& argv) const;
    CommandResult run(const std::vector<std::string>& argv, Millis limit = long_enough) const;
    // The same through /bin/sh; throws when it fails.
    std::string shell(const std::string& script, Millis limit = long_enough) const;

    // A file inside, directories made as needed.
    void write(const std::string& path, std::string_view text) const;
    // A unit file in /etc/systemd/system, known to systemd at once.
    void add_unit(const std::string& name, std::string_view text) const;
    // `systemctl show`: one property of a unit.
    std::string property(const std::string& unit, const std::string& name) const;
    // What systemd wrote on its console, and the journal's last lines: for failing tests.
    std::string log() const;

  private:
    void wait_running();

    TempDir state_;
    Process script_;
    pid_t init_ = 0;
};

}  // namespace lbdrain::test
