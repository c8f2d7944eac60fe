#include "runner/stop_target.hpp"

#include <unistd.h>

#include <utility>

#include "runner/pidfile.hpp"
#include "runner/unit_state.hpp"

namespace lbdrain::hook {
namespace {

using Result = std::expected<StopTarget, std::string>;

/// Why `pid` is never signalled, or nothing.
std::optional<std::string> refuse(pid_t pid) {
    const std::string name = "pid " + std::to_string(pid);
    if (pid <= 1) {
        return name + " is never signalled";
    }
    pid_t own = ::getpid();
    if (pid == own) {
        return name + " is lbdrain-hook itself";
    }
    for (int depth = 0; own > 1 && depth < 1000; ++depth) {
        const auto info = read_process(own);
        own = info ? info->parent : 0;
        if (own == pid) {
            return name + " is an ancestor of lbdrain-hook and is not signalled";
        }
    }
    return std::nullopt;
}

Result from_pidfile(const std::string& path) {
    StopTarget target;
    const auto named = read_pidfile(path);
    if (!named && !named.error().missing) {
        return std::unexpected(named.error().text);
    }
    if (!named) {
        target.gone = named.error().text;
        return target;
    }
    if (const auto refusal = refuse(named->pid)) {
        return std::unexpected("pidfile " + path + ": " + *refusal);
    }
    auto main = ProcessHandle::open(named->pid);
    if (!main && !main.error().gone) {
        return std::unexpected(main.error().text);
    }
    target.gone = "pid " + std::to_string(named->pid) + " of " + path + " is already gone";
    if (!main) {
        return target;
    }
    if (!may_be_named_by(main->info(), *named, ticks_now(), ::sysconf(_SC_CLK_TCK))) {
        target.gone += " (the pid belongs to a younger process, " + main->info().name + ")";
        return target;
    }
    target.scope.emplace(main->info());
    target.main.emplace(std::move(*main));
    return target;
}

Result from_unit(Run& run, const std::string& unit) {
    const auto state = query_unit(run, unit);
    if (!state) {
        return std::unexpected(state.error());
    }
    if (state->load == "not-found") {
        return std::unexpected("there is no unit " + unit);
    }
    const bool inactive = state->active == "inactive" || state->active == "failed";
    if (state->main_pid == 0 && !inactive) {
        return std::unexpected("unit " + unit + " is " + state->active +
                               " and has no main process to signal");
    }
    StopTarget target;
    target.unit = unit;
    const auto cgroup = Cgroup::at(state->cgroup);
    if (state->main_pid != 0) {
        if (const auto refusal = refuse(state->main_pid)) {
            return std::unexpected("unit " + unit + ": " + *refusal);
        }
        auto main = ProcessHandle::open(state->main_pid);
        if (!main && !main.error().gone) {
            return std::unexpected(main.error().text);
        }
        // One outside the unit's group has got the pid between systemd's answer and now.
        if (main && (!cgroup || cgroup->contains(main->pid()))) {
            if (cgroup) {
                target.scope.emplace(main->info(), *cgroup);
            } else {
                target.scope.emplace(main->info());
            }
            target.main.emplace(std::move(*main));
            return target;
        }
    }
    target.gone = inactive ? "unit " + unit + " is " + state->active
                           : "the main process of " + unit + " is already gone";
    if (cgroup) {
        target.scope.emplace(std::nullopt, *cgroup);
    }
    return target;
}

}  // namespace

Result find_target(Run& run, const SignalHook& hook) {
    return hook.unit.empty() ? from_pidfile(hook.pidfile) : from_unit(run, hook.unit);
}

}  // namespace lbdrain::hook
