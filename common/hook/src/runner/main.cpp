// lbdrain-hook: runs one hook or readiness check. See lbdrain/hook/task.hpp and event.hpp.
#include <fcntl.h>
#include <sys/signalfd.h>
#include <unistd.h>

#include <csignal>
#include <cstdio>
#include <exception>
#include <string_view>

#include "runner/runner.hpp"

namespace {

constexpr const char* kHelp =
    "Usage: lbdrain-hook < TASK\n"
    "\n"
    "Runs one stop hook, start hook or readiness check for the NGINX module or for drain-agent.\n"
    "Reads the task as one JSON object from standard input until its end (64 KiB at most), writes\n"
    "events as JSON lines to standard output, the result last.\n"
    "SIGTERM and SIGINT end the hook in order; a caller that goes away does not.\n"
    "\n"
    "Exit status: 0 ok, 1 failed, 2 bad task or usage.\n"
    "\n"
    "  --help     show this and exit\n"
    "  --version  show the version and exit\n";

/// Whatever the caller had open (listening sockets, say) must not stay open through us, and 0 to 2
/// must be taken, so that nothing else gets to be standard output.
bool settle_descriptors() {
    for (int fd = 0; fd <= 2; ++fd) {
        if (::fcntl(fd, F_GETFD) < 0 && ::open("/dev/null", O_RDWR) != fd) {
            return false;
        }
    }
    return ::close_range(3, ~0U, 0) == 0;
}

/// Default handling of everything but what a caller's end brings; the interrupts come through the
/// descriptor that is returned.
int settle_signals() {
    for (int signal = 1; signal < NSIG; ++signal) {
        ::signal(signal, SIG_DFL);  // fails for those that cannot be set, which is fine
    }
    ::signal(SIGPIPE, SIG_IGN);
    ::signal(SIGHUP, SIG_IGN);
    sigset_t interrupts;
    ::sigemptyset(&interrupts);
    ::sigaddset(&interrupts, SIGTERM);
    ::sigaddset(&interrupts, SIGINT);
    if (::sigprocmask(SIG_SETMASK, &interrupts, nullptr) != 0) {
        return -1;
    }
    return ::signalfd(-1, &interrupts, SFD_CLOEXEC | SFD_NONBLOCK);
}

}  // namespace

int main(int argc, char** argv) {
    const std::string_view option = argc == 2 ? argv[1] : "";
    if (option == "--version") {
        std::puts("lbdrain-hook " LBDRAIN_VERSION);
        return 0;
    }
    if (option == "--help") {
        std::fputs(kHelp, stdout);
        return 0;
    }
    if (argc > 1) {
        std::fputs(kHelp, stderr);
        return 2;
    }
    try {
        if (!settle_descriptors()) {
            return 2;
        }
        const int interrupt = settle_signals();
        if (interrupt < 0) {
            return 2;
        }
        return lbdrain::hook::run_program(STDIN_FILENO, STDOUT_FILENO, interrupt);
    } catch (const std::exception& error) {
        std::fputs(error.what(), stderr);
        return 1;
    }
}
