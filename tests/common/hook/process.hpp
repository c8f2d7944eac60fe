// Processes for hooks to stop.
#pragma once

#include <sys/types.h>

#include <string>

namespace lbdrain::hook::test {

/// A process of the tests, killed with its process group and session at the end.
class Process {
  public:
    /// `/bin/sh -c script` as the leader of a process group of its own (of a session, if asked).
    explicit Process(const std::string& script, bool session = false);
    Process(const Process&) = delete;
    Process& operator=(const Process&) = delete;
    ~Process();

    pid_t pid() const { return pid_; }

  private:
    pid_t pid_ = 0;
};

/// Whether `pid` runs (a zombie does not).
bool runs(pid_t pid);
/// The pid that `path` holds once it does; 0 when it never comes.
pid_t await_pid(const std::string& path);

}  // namespace lbdrain::hook::test
