// What belongs to a process and ends with it.
#pragma once

#include <sys/types.h>

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "runner/cgroup.hpp"
#include "runner/procfs.hpp"

namespace lbdrain::hook {

/// The processes that may be killed along with one: its descendants, and also all of its control
/// group, process group or session where that belongs to it alone, so that children that it left
/// behind are found and neighbours (a second replica of the same supervisor or script) are not
/// touched. Never ourselves or an ancestor of ours. Holds no descriptor. One thread.
class KillScope {
  public:
    /// Of a process that still runs.
    explicit KillScope(const ProcessInfo& main);
    /// Of a unit, whose control group is its own by definition; `main` may be absent.
    KillScope(const std::optional<ProcessInfo>& main, const Cgroup& unit);

    /// Notes descendants that are new; the more often it is called, the fewer can slip away.
    void refresh();

    /// Everything of it that still runs, the main process included.
    std::vector<ProcessInfo> members() const;
    /// SIGKILL to everything that members() would list.
    void kill() const;

    /// "control group /system.slice/vllm.service", "process group 12", "pid 12's descendants".
    std::string describe() const;

  private:
    bool is_known(const ProcessInfo& process) const;
    bool is_protected(pid_t pid) const;
    void add_groups(const ProcessInfo& main);

    pid_t main_ = 0;
    std::map<pid_t, std::uint64_t> known_;  // pid -> start: the main process and its descendants
    std::vector<pid_t> protected_;
    std::optional<Cgroup> cgroup_;
    pid_t group_ = 0;    // 0: not ours to kill
    pid_t session_ = 0;  // likewise
};

}  // namespace lbdrain::hook
