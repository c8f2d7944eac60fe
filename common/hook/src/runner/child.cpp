#include "runner/child.hpp"

#include <fcntl.h>
#include <poll.h>
#include <spawn.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <csignal>
#include <utility>

#include "runner/procfs.hpp"
#include "runner/text.hpp"

namespace lbdrain::hook {
namespace {

std::vector<char*> c_strings(const std::vector<std::string>& from) {
    std::vector<char*> to;
    to.reserve(from.size() + 1);
    for (const std::string& text : from) {
        to.push_back(const_cast<char*>(text.c_str()));
    }
    to.push_back(nullptr);
    return to;
}

/// posix_spawn's parameters, freed with it.
struct SpawnPlan {
    posix_spawn_file_actions_t files{};
    posix_spawnattr_t attributes{};

    SpawnPlan() {
        ::posix_spawn_file_actions_init(&files);
        ::posix_spawnattr_init(&attributes);
    }
    SpawnPlan(const SpawnPlan&) = delete;
    SpawnPlan& operator=(const SpawnPlan&) = delete;
    ~SpawnPlan() {
        ::posix_spawn_file_actions_destroy(&files);
        ::posix_spawnattr_destroy(&attributes);
    }

    int fill(int output) {
        sigset_t none;
        sigset_t all;
        ::sigemptyset(&none);
        ::sigfillset(&all);
        for (const int error :
             {::posix_spawn_file_actions_addopen(&files, 0, "/dev/null", O_RDONLY, 0),
              ::posix_spawn_file_actions_adddup2(&files, output, 1),
              ::posix_spawn_file_actions_adddup2(&files, output, 2),
              ::posix_spawn_file_actions_addclosefrom_np(&files, 3),
              ::posix_spawnattr_setpgroup(&attributes, 0),
              ::posix_spawnattr_setsigmask(&attributes, &none),
              ::posix_spawnattr_setsigdefault(&attributes, &all),
              ::posix_spawnattr_setflags(&attributes, POSIX_SPAWN_SETPGROUP |
                                                          POSIX_SPAWN_SETSIGMASK |
                                                          POSIX_SPAWN_SETSIGDEF)}) {
            if (error != 0) {
                return error;
            }
        }
        return 0;
    }
};

}  // namespace

std::expected<Child, std::string> Child::spawn(const std::vector<std::string>& argv,
                                               const std::vector<std::string>& environment) {
    const auto cannot = [&](int error) {
        return std::unexpected("cannot run " + argv.front() + ": " + error_text(error));
    };
    std::array<int, 2> ends{};
    if (::pipe2(ends.data(), O_CLOEXEC) != 0) {
        return cannot(errno);
    }
    UniqueFd output(ends[0]);
    const UniqueFd input(ends[1]);
    if (::fcntl(output.get(), F_SETFL, O_NONBLOCK) != 0) {
        return cannot(errno);
    }
    SpawnPlan plan;
    if (const int error = plan.fill(input.get())) {
        return cannot(error);
    }
    pid_t pid = 0;
    if (const int error = ::posix_spawn(&pid, argv.front().c_str(), &plan.files, &plan.attributes,
                                        c_strings(argv).data(), c_strings(environment).data())) {
        return cannot(error);
    }
    // Our own unreaped child: the pid cannot have been reused.
    UniqueFd pidfd(static_cast<int>(::syscall(SYS_pidfd_open, pid, 0)));
    const int error = errno;
    const bool watched = static_cast<bool>(pidfd);
    Child child(pid, std::move(pidfd), std::move(output));
    if (!watched) {
        return cannot(error);
    }
    return child;
}

Child::Child(pid_t pid, UniqueFd pidfd, UniqueFd output)
    : pid_(pid), pidfd_(std::move(pidfd)), output_(std::move(output)) {}

Child::Child(Child&& other) noexcept
    : pid_(std::exchange(other.pid_, 0)),
      pidfd_(std::move(other.pidfd_)),
      output_(std::move(other.output_)) {}

Child::~Child() {
    if (pid_ > 0) {
        signal_group(SIGKILL);
        // Not without end: one that SIGKILL cannot end waits for a device.
        pollfd exited{pidfd_.get(), POLLIN, 0};
        ::poll(&exited, 1, 1000);
        ::waitpid(pid_, nullptr, WNOHANG);
    }
}

bool Child::has_exited() const {
    pollfd exited{pidfd_.get(), POLLIN, 0};
    return ::poll(&exited, 1, 0) > 0;
}

void Child::signal_group(int signal) const {
    if (pid_ > 0) {
        ::kill(-pid_, signal);
    }
}

bool Child::group_is_alive() const {
    return std::ranges::any_of(all_processes(), [&](const ProcessInfo& process) {
        return process.group == pid_ && !process.is_gone();
    });
}

ExitStatus Child::reap() {
    int status = 0;
    while (::waitpid(pid_, &status, 0) < 0 && errno == EINTR) {
    }
    pid_ = 0;
    if (WIFSIGNALED(status)) {
        return {128 + WTERMSIG(status), WTERMSIG(status)};
    }
    return {WEXITSTATUS(status), 0};
}

}  // namespace lbdrain::hook
