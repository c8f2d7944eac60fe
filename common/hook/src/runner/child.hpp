// A child process in a process group of its own, with its output on a pipe.
#pragma once

#include <sys/types.h>

#include <expected>
#include <string>
#include <vector>

#include "lbdrain/posix/unique_fd.hpp"

namespace lbdrain::hook {

/// How a child ended.
struct ExitStatus {
    int status = 0;  // what it exited with, or 128 + signal
    int signal = 0;  // the signal that ended it; 0: it exited
};

/// Owns the child until reap(); one that is still there at destruction is killed with its group.
/// One thread.
class Child {
  public:
    /// Starts argv[0] with default signal handling, stdin from /dev/null, standard output and
    /// error on one pipe, and no other descriptor. The error says why it could not be started.
    static std::expected<Child, std::string> spawn(const std::vector<std::string>& argv,
                                                   const std::vector<std::string>& environment);

    Child(Child&& other) noexcept;
    Child& operator=(Child&&) = delete;
    Child(const Child&) = delete;
    Child& operator=(const Child&) = delete;
    ~Child();

    pid_t pid() const { return pid_; }
    int pidfd() const { return pidfd_.get(); }       // readable once the child has exited
    int output_fd() const { return output_.get(); }  // non-blocking; -1 after close_output()
    void close_output() { output_.reset(); }

    bool has_exited() const;
    /// The group's id stays taken while the child is unreaped, so this cannot hit another group.
    void signal_group(int signal) const;
    /// Whether a process of the group still runs.
    bool group_is_alive() const;
    /// Collects an exited child; waits for one that has not.
    ExitStatus reap();

  private:
    Child(pid_t pid, UniqueFd pidfd, UniqueFd output);

    pid_t pid_;
    UniqueFd pidfd_;
    UniqueFd output_;
};

}  // namespace lbdrain::hook
