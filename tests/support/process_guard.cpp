// lbdrain_process_guard COMMAND ARGS...
// Runs a command and stays the ancestor of everything it starts, daemons included (it is their
// subreaper): nothing outlives the guard, and nothing outlives the test, since the guard gets
// SIGTERM when the test dies. It ends when its last descendant has ended, with the command's exit
// code, or on SIGTERM after it has killed all that is left. Prints one line for every process it
// reaps.
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

#include <csignal>
#include <cstdio>

#include "process_table.hpp"

namespace {

int command_exit = 1;

// False when there is nobody left to wait for.
bool reap(pid_t command) {
    for (;;) {
        int status = 0;
        const pid_t pid = ::waitpid(-1, &status, WNOHANG);
        if (pid <= 0) {
            return pid == 0;
        }
        if (WIFSIGNALED(status)) {
            std::printf("guard: pid %d killed by signal %d\n", pid, WTERMSIG(status));
        } else {
            std::printf("guard: pid %d exited with code %d\n", pid, WEXITSTATUS(status));
        }
        std::fflush(stdout);
        if (pid == command) {
            command_exit = WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status);
        }
    }
}

void kill_all(pid_t command) {
    do {
        for (const auto& process : lbdrain::test::descendants_of(::getpid())) {
            ::kill(process.pid, SIGKILL);
        }
        ::usleep(1000);
    } while (reap(command));
}

}  // namespace

int main(int argc, char** argv) {
    if (argc < 2) {
        std::fprintf(stderr, "usage: lbdrain_process_guard COMMAND ARGS...\n");
        return 2;
    }
    ::prctl(PR_SET_CHILD_SUBREAPER, 1);
    sigset_t handled;
    sigset_t before;
    sigemptyset(&handled);
    for (const int number : {SIGTERM, SIGINT, SIGHUP, SIGCHLD}) {
        sigaddset(&handled, number);
    }
    ::sigprocmask(SIG_BLOCK, &handled, &before);
    const pid_t command = ::fork();
    if (command == 0) {
        ::sigprocmask(SIG_SETMASK, &before, nullptr);
        ::execvp(argv[1], argv + 1);
        std::perror(argv[1]);
        ::_exit(127);
    }
    while (reap(command)) {
        int number = 0;
        ::sigwait(&handled, &number);
        if (number != SIGCHLD) {
            kill_all(command);
        }
    }
    return command_exit;
}
