// One process, held so that a reused pid cannot be taken for it.
#pragma once

#include <sys/types.h>

#include <expected>
#include <string>

#include "lbdrain/posix/unique_fd.hpp"
#include "runner/procfs.hpp"

namespace lbdrain::hook {

/// Why there is no handle.
struct NoProcess {
    bool gone = false;  // the process has ended; a zombie has
    std::string text;   // what failed, when it is not that
};

/// A pidfd and what was known of the process when it was opened. Owns the pidfd. One thread.
class ProcessHandle {
  public:
    /// The start time is compared around the opening, so the handle is of the process that info()
    /// describes.
    static std::expected<ProcessHandle, NoProcess> open(pid_t pid);

    const ProcessInfo& info() const { return info_; }
    pid_t pid() const { return info_.pid; }
    int pidfd() const { return pidfd_.get(); }  // readable once the process has exited

    bool has_exited() const;
    /// errno's value, 0 when the signal was sent; ESRCH when the process is gone.
    int send(int signal) const;

  private:
    ProcessHandle(ProcessInfo info, UniqueFd pidfd);

    ProcessInfo info_;
    UniqueFd pidfd_;
};

/// SIGKILL to the very process that `info` describes; to none when it is gone.
void kill_exactly(const ProcessInfo& info);

}  // namespace lbdrain::hook
