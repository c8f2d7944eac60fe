#include "lbdrain/hook/spawn.hpp"

#include <fcntl.h>
#include <signal.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <cstdio>
#include <cstring>
#include <utility>
#include <vector>

namespace lbdrain::hook {
namespace {

class Pipe {
  public:
    Pipe() noexcept { ok_ = ::pipe2(ends_.data(), O_CLOEXEC) == 0; }
    ~Pipe() {
        close_read();
        close_write();
    }
    Pipe(const Pipe&) = delete;
    Pipe& operator=(const Pipe&) = delete;

    explicit operator bool() const noexcept { return ok_; }
    int read_end() const noexcept { return ends_[0]; }
    int write_end() const noexcept { return ends_[1]; }
    int release_read() noexcept { return std::exchange(ends_[0], -1); }
    void close_read() noexcept { close_one(ends_[0]); }
    void close_write() noexcept { close_one(ends_[1]); }

  private:
    static void close_one(int& fd) noexcept {
        if (fd >= 0) {
            ::close(std::exchange(fd, -1));
        }
    }
    std::array<int, 2> ends_{-1, -1};
    bool ok_ = false;
};

// Everything the grandchild needs, made before the fork: afterwards only system calls are safe.
struct Launch {
    std::vector<char*> argv;
    std::vector<char*> envp;
    std::string exec_failure;  // the result line to write when exec itself fails
    int in = -1;
    int out = -1;
};

[[noreturn]] void become(const Launch& launch) noexcept {
    ::setsid();
    sigset_t none;
    ::sigemptyset(&none);
    ::sigprocmask(SIG_SETMASK, &none, nullptr);
    ::signal(SIGPIPE, SIG_DFL);
    ::dup2(launch.in, STDIN_FILENO);
    ::dup2(launch.out, STDOUT_FILENO);
    // Listening and client sockets of the caller must not live on in a hook.
    ::syscall(SYS_close_range, 3U, ~0U, 0U);
    ::execve(launch.argv[0], launch.argv.data(), launch.envp.data());
    const auto ignored =
        ::write(STDOUT_FILENO, launch.exec_failure.data(), launch.exec_failure.size());
    static_cast<void>(ignored);
    ::_exit(127);
}

[[noreturn]] void middle(const Launch& launch) noexcept {
    if (::syscall(SYS_clone, SIGCHLD, nullptr, nullptr, nullptr, nullptr) == 0) {
        become(launch);
    }
    // Not _exit(): ThreadSanitizer has it report the caller's threads, which this copy never had.
    for (;;) {
        ::syscall(SYS_exit_group, 0);
    }
}

std::vector<char*> environment(std::string& path) {
    std::vector<char*> envp;
    bool has_path = false;
    for (char** variable = environ; variable != nullptr && *variable != nullptr; ++variable) {
        has_path = has_path || std::strncmp(*variable, "PATH=", 5) == 0;
        // A sanitizer preloaded into nginx is not meant for the hooks' programs.
        if (std::strncmp(*variable, "LD_PRELOAD=", 11) != 0) {
            envp.push_back(*variable);
        }
    }
    if (!has_path) {  // NGINX clears the environment of its workers
        envp.push_back(path.data());
    }
    envp.push_back(nullptr);
    return envp;
}

std::unexpected<std::string> failed(const char* what) {
    return std::unexpected(std::string(what) + ": " + std::strerror(errno));
}

}  // namespace

std::expected<int, std::string> spawn_hook(const std::string& program, const std::string& input) {
    Pipe in;
    Pipe out;
    if (!in || !out) {
        return failed("pipe2()");
    }
    // The whole task fits into the pipe (64 KiB), unless the user has too many pipes already.
    ::fcntl(in.write_end(), F_SETFL, O_NONBLOCK);
    if (input.size() > 65536 - 4096 ||
        ::write(in.write_end(), input.data(), input.size()) != static_cast<ssize_t>(input.size())) {
        return std::unexpected("the hook's description does not fit into a pipe");
    }
    in.close_write();

    std::string name = program;
    std::string path = "PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin";
    Launch launch;
    launch.argv = {name.data(), nullptr};
    launch.envp = environment(path);
    launch.exec_failure =
        "{\"event\":\"result\",\"ok\":false,\"text\":\"cannot run " + program + "\"}\n";
    launch.in = in.read_end();
    launch.out = out.write_end();

    const long child = ::syscall(SYS_clone, 0, nullptr, nullptr, nullptr, nullptr);
    if (child < 0) {
        return failed("clone()");
    }
    if (child == 0) {
        middle(launch);
    }
    // It only forks and exits. __WALL: it has no exit signal.
    while (::waitpid(static_cast<pid_t>(child), nullptr, __WALL) < 0 && errno == EINTR) {
    }
    ::fcntl(out.read_end(), F_SETFL, O_NONBLOCK);
    return out.release_read();
}

}  // namespace lbdrain::hook
