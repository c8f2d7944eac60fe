#include "verify/action.hpp"

#include <fcntl.h>
#include <spawn.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <csignal>
#include <system_error>

namespace lbdrain::ctl {
namespace {

constexpr std::size_t longest_line = 4096;

}  // namespace

Action::~Action() {
    if (pid_ > 0) {
        ::kill(pid_, SIGKILL);
        ::waitpid(pid_, nullptr, 0);
    }
}

std::string Action::start(const std::vector<std::string>& argv) {
    std::array<int, 2> ends{};
    if (::pipe2(ends.data(), O_CLOEXEC | O_NONBLOCK) != 0) {
        return std::generic_category().message(errno);
    }
    output_ = UniqueFd(ends[0]);
    const UniqueFd write_end(ends[1]);
    // The child writes as it is used to: only our end must not block.
    ::fcntl(write_end.get(), F_SETFL, 0);

    posix_spawn_file_actions_t files;
    ::posix_spawn_file_actions_init(&files);
    ::posix_spawn_file_actions_addopen(&files, STDIN_FILENO, "/dev/null", O_RDONLY, 0);
    ::posix_spawn_file_actions_adddup2(&files, write_end.get(), STDOUT_FILENO);
    ::posix_spawn_file_actions_adddup2(&files, write_end.get(), STDERR_FILENO);
    posix_spawnattr_t attributes;
    ::posix_spawnattr_init(&attributes);
    sigset_t none{};
    ::sigemptyset(&none);
    ::posix_spawnattr_setsigmask(&attributes, &none);  // we block what Interrupt waits for
    sigset_t pipe{};
    ::sigemptyset(&pipe);
    ::sigaddset(&pipe, SIGPIPE);
    ::posix_spawnattr_setsigdefault(&attributes, &pipe);  // and what we ignore
    ::posix_spawnattr_setflags(&attributes, POSIX_SPAWN_SETSIGMASK | POSIX_SPAWN_SETSIGDEF);

    std::vector<char*> arguments;
    arguments.reserve(argv.size() + 1);
    for (const std::string& argument : argv) {
        arguments.push_back(const_cast<char*>(argument.c_str()));
    }
    arguments.push_back(nullptr);
    const int error =
        ::posix_spawnp(&pid_, arguments.front(), &files, &attributes, arguments.data(), environ);
    ::posix_spawnattr_destroy(&attributes);
    ::posix_spawn_file_actions_destroy(&files);
    if (error != 0) {
        pid_ = -1;
        return std::generic_category().message(error);
    }
    pidfd_ = UniqueFd(static_cast<int>(::syscall(SYS_pidfd_open, pid_, 0)));
    return "";
}

void Action::signal(int number) const {
    if (pid_ > 0) {
        ::kill(pid_, number);
    }
}

std::vector<pollfd> Action::also_poll() const {
    std::vector<pollfd> polled;
    for (const int fd : {output_.get(), pidfd_.get()}) {
        if (fd >= 0) {
            polled.push_back({fd, POLLIN, 0});
        }
    }
    return polled;
}

void Action::heed() {
    read_output();
    int status = 0;
    if (pid_ <= 0 || ::waitpid(pid_, &status, WNOHANG) != pid_) {
        return;
    }
    pid_ = -1;
    exit_code_ = WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status);
    read_output();
    take_lines(true);
    output_.reset();
    pidfd_.reset();
}

void Action::read_output() {
    std::array<char, 4096> buffer{};
    while (output_) {
        const ssize_t got = ::read(output_.get(), buffer.data(), buffer.size());
        if (got > 0) {
            pending_.append(buffer.data(), static_cast<std::size_t>(got));
            take_lines(false);
        } else if (got < 0 && errno == EINTR) {
            continue;
        } else {
            if (got == 0) {
                output_.reset();  // closed; it may run on
            }
            return;
        }
    }
}

void Action::take_lines(bool all) {
    std::size_t begin = 0;
    for (std::size_t end = 0; (end = pending_.find('\n', begin)) != std::string::npos;
         begin = end + 1) {
        on_line_(pending_.substr(begin, end - begin));
    }
    pending_.erase(0, begin);
    if (!pending_.empty() && (all || pending_.size() > longest_line)) {
        on_line_(pending_);
        pending_.clear();
    }
}

}  // namespace lbdrain::ctl
