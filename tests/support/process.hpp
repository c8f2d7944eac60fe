// A child process: started in the constructor, killed and reaped in the destructor, and killed by
// the kernel when the thread that started it ends (so start it from a thread that outlives it, the
// test's own). Output is kept in memory unless a file is named. One owner; not thread-safe.
#pragma once

#include <sys/types.h>

#include <csignal>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "lbdrain/posix/unique_fd.hpp"
#include "wait.hpp"

namespace lbdrain::test {

struct ProcessOptions {
    std::vector<std::string> argv = {};           // argv[0] is looked up in PATH
    std::map<std::string, std::string> env = {};  // set on top of the test's own environment
    std::string directory = {};                   // working directory; empty: the test's
    std::string output_file = {};                 // stdout and stderr; empty: memory
    int death_signal = SIGKILL;                   // what the child gets when the starter is gone
};

struct ExitStatus {
    int code = -1;   // exit code; -1: killed by a signal
    int signal = 0;  // 0: exited by itself
    bool ok() const { return code == 0; }
};

class Process {
  public:
    explicit Process(const ProcessOptions& options);
    ~Process();
    Process(const Process&) = delete;
    Process& operator=(const Process&) = delete;

    pid_t pid() const { return pid_; }
    bool running();
    // Nothing if it is still running at the limit.
    std::optional<ExitStatus> wait(Millis limit = long_enough);
    void signal(int number);
    void kill();  // SIGKILL and reap

    std::string out() const;  // standard output so far
    std::string err() const;

  private:
    std::string output_file_;
    UniqueFd out_;
    UniqueFd err_;
    UniqueFd pidfd_;
    pid_t pid_ = -1;
    std::optional<ExitStatus> status_;
};

struct CommandResult {
    ExitStatus status;
    std::string out;
    std::string err;
    bool timed_out = false;  // killed at the limit
};

// Runs a command to its end.
CommandResult run_command(const ProcessOptions& options, Millis limit = long_enough);

}  // namespace lbdrain::test
