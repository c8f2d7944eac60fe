#include "process.hpp"

#include <sys/wait.h>
#include <unistd.h>

#include <csignal>
#include <optional>

#include "eventually.hpp"
#include "runner/pidfile.hpp"
#include "runner/procfs.hpp"
#include "temp_dir.hpp"

namespace lbdrain::hook::test {

Process::Process(const std::string& script, bool session) : pid_(::fork()) {
    if (pid_ == 0) {
        if (session) {
            ::setsid();
        } else {
            ::setpgid(0, 0);
        }
        ::execl("/bin/sh", "sh", "-c", script.c_str(), static_cast<char*>(nullptr));
        ::_exit(127);
    }
    ::setpgid(pid_, pid_);  // whichever of the two comes first
}

Process::~Process() {
    for (const ProcessInfo& process : all_processes()) {
        if (process.group == pid_ || process.session == pid_) {
            ::kill(process.pid, SIGKILL);
        }
    }
    ::waitpid(pid_, nullptr, 0);
}

bool runs(pid_t pid) {
    const auto info = read_process(pid);
    return info && !info->is_gone();
}

pid_t await_pid(const std::string& path) {
    std::optional<pid_t> pid;
    eventually([&] {
        const std::string content = read_file(path);
        pid = content.ends_with('\n') ? parse_pid(content) : std::nullopt;
        return pid.has_value();
    });
    return pid.value_or(0);
}

}  // namespace lbdrain::hook::test
