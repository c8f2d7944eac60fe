#include "runner/kill_scope.hpp"

#include <unistd.h>

#include <algorithm>
#include <set>

#include "runner/process_handle.hpp"

namespace lbdrain::hook {
namespace {

/// This process and everything above it.
std::vector<pid_t> own_line() {
    std::vector<pid_t> line;
    pid_t pid = ::getpid();
    while (pid > 1 && std::ranges::find(line, pid) == line.end()) {
        line.push_back(pid);
        const auto info = read_process(pid);
        pid = info ? info->parent : 0;
    }
    return line;
}

}  // namespace

KillScope::KillScope(const ProcessInfo& main) : main_(main.pid), protected_(own_line()) {
    known_[main.pid] = main.start_ticks;
    refresh();
    add_groups(main);
    auto cgroup = Cgroup::of(main.pid);
    if (!cgroup) {
        return;
    }
    const auto is_own = [&](pid_t pid) { return known_.contains(pid) && !is_protected(pid); };
    if (std::ranges::all_of(cgroup->processes(), is_own)) {
        cgroup_ = std::move(cgroup);
    }
}

KillScope::KillScope(const std::optional<ProcessInfo>& main, const Cgroup& unit)
    : protected_(own_line()) {
    if (main) {
        main_ = main->pid;
        known_[main->pid] = main->start_ticks;
        refresh();
        add_groups(*main);
    }
    if (std::ranges::none_of(protected_, [&](pid_t pid) { return unit.contains(pid); })) {
        cgroup_ = unit;
    }
}

/// The process group is the process's own when it leads it or has no stranger in it; the session
/// when it leads it.
void KillScope::add_groups(const ProcessInfo& main) {
    bool own_group = true;
    bool own_session = main.session == main.pid;
    for (const ProcessInfo& other : all_processes()) {
        const bool stranger = !is_known(other) && !other.is_gone();
        if (other.group == main.group &&
            (is_protected(other.pid) || (stranger && main.group != main.pid))) {
            own_group = false;
        }
        if (other.session == main.session && is_protected(other.pid)) {
            own_session = false;
        }
    }
    group_ = own_group ? main.group : 0;
    session_ = own_session ? main.session : 0;
}

bool KillScope::is_known(const ProcessInfo& process) const {
    const auto found = known_.find(process.pid);
    return found != known_.end() && found->second == process.start_ticks;
}

bool KillScope::is_protected(pid_t pid) const {
    return pid <= 1 || std::ranges::find(protected_, pid) != protected_.end();
}

void KillScope::refresh() {
    const std::vector<ProcessInfo> processes = all_processes();
    std::map<pid_t, const ProcessInfo*> by_pid;
    for (const ProcessInfo& process : processes) {
        by_pid[process.pid] = &process;
    }
    bool grown = true;
    while (grown) {
        grown = false;
        for (const ProcessInfo& process : processes) {
            const auto parent = by_pid.find(process.parent);
            if (parent != by_pid.end() && is_known(*parent->second) && !is_known(process)) {
                known_[process.pid] = process.start_ticks;
                grown = true;
            }
        }
    }
}

std::vector<ProcessInfo> KillScope::members() const {
    std::set<pid_t> in_cgroup;
    if (cgroup_) {
        const std::vector<pid_t> pids = cgroup_->processes();
        in_cgroup.insert(pids.begin(), pids.end());
    }
    std::vector<ProcessInfo> found;
    for (ProcessInfo& process : all_processes()) {
        const bool belongs = is_known(process) || in_cgroup.contains(process.pid) ||
                             (group_ != 0 && process.group == group_) ||
                             (session_ != 0 && process.session == session_);
        if (belongs && !process.is_gone() && !is_protected(process.pid)) {
            found.push_back(std::move(process));
        }
    }
    return found;
}

void KillScope::kill() const {
    if (cgroup_) {
        cgroup_->kill();  // at once and without a race; what it cannot do is done below
    }
    for (const ProcessInfo& process : members()) {
        kill_exactly(process);
    }
}

std::string KillScope::describe() const {
    if (cgroup_) {
        return "control group " + cgroup_->path();
    }
    if (group_ != 0) {
        return "process group " + std::to_string(group_);
    }
    return "pid " + std::to_string(main_) + " and its descendants";
}

}  // namespace lbdrain::hook
