// The file that makes a run exactly-once over the death of its caller.
#pragma once

#include <expected>
#include <optional>
#include <string>
#include <string_view>

#include "lbdrain/hook/event.hpp"
#include "lbdrain/posix/unique_fd.hpp"
#include "runner/run.hpp"

namespace lbdrain::hook {

/// A locked file that holds the last run's id and result. The lock goes with the object, or with
/// the process, whatever ends it. One thread.
class RunFile {
  public:
    /// Opens or creates `path` (0600, no symbolic link) and locks it, waiting for another runner
    /// until the run's deadline, an interrupt, or until the caller is gone.
    static std::expected<RunFile, Event> lock(Run& run, const std::string& path);

    /// The result of `run_id`, if that is what the file holds. Anything unreadable is nothing.
    std::optional<Event> recorded(std::string_view run_id) const;

    /// Writes in place (the lock is the inode's) and to the disk; a write that is torn by a crash
    /// reads as nothing later.
    std::expected<void, std::string> record(std::string_view run_id, const Event& result);

  private:
    explicit RunFile(UniqueFd fd);

    UniqueFd fd_;
};

}  // namespace lbdrain::hook
