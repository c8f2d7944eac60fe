// A control group of the unified hierarchy (cgroup v2, or the v2 side of a hybrid set-up).
#pragma once

#include <sys/types.h>

#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace lbdrain::hook {

/// Where the unified hierarchy is mounted, from /proc/self/mountinfo's text; empty: nowhere.
std::string unified_mount(std::string_view mountinfo);

/// The path of the unified hierarchy in /proc/PID/cgroup's text; empty: none, or removed.
std::string unified_path(std::string_view proc_cgroup);

/// The processes in the group of this directory and below, of either version; zombies are not
/// among them. None when it is gone.
std::vector<pid_t> processes_below(const std::string& directory);

/// A group below the root, by its path ("/system.slice/vllm.service"). Holds nothing open; the
/// group may vanish at any time, which then reads as empty. One thread.
class Cgroup {
  public:
    /// Nothing for the root, for a path outside, and where no unified hierarchy is mounted.
    static std::optional<Cgroup> at(const std::string& path);
    static std::optional<Cgroup> of(pid_t pid);

    const std::string& path() const { return path_; }

    /// Whether `pid` is in it or below.
    bool contains(pid_t pid) const;
    /// Processes in it and below; zombies are not among them.
    std::vector<pid_t> processes() const;
    /// SIGKILL to all of it at once; false where the kernel or the rights do not allow that.
    bool kill() const;

  private:
    Cgroup(std::string path, std::string directory);

    std::string path_;
    std::string directory_;
};

}  // namespace lbdrain::hook
