// Whom a signal hook is about.
#pragma once

#include <expected>
#include <optional>
#include <string>

#include "lbdrain/hook/task.hpp"
#include "runner/kill_scope.hpp"
#include "runner/process_handle.hpp"
#include "runner/run.hpp"

namespace lbdrain::hook {

/// The process to stop and what belongs to it.
struct StopTarget {
    std::optional<ProcessHandle> main;  // nothing: gone already
    std::optional<KillScope> scope;     // nothing: nothing is known to belong to it
    std::string gone;                   // why there is no main process, for the operator
    std::string unit;                   // empty: found through a pidfile
};

/// Finds it; refuses pid 0 and 1, this process and every ancestor of it.
std::expected<StopTarget, std::string> find_target(Run& run, const SignalHook& hook);

}  // namespace lbdrain::hook
