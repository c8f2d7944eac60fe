// The stop ladder: signal, wait, SIGKILL of everything that belongs to the process.
#pragma once

#include "lbdrain/hook/event.hpp"
#include "lbdrain/hook/task.hpp"
#include "runner/run.hpp"
#include "runner/stop_target.hpp"

namespace lbdrain::hook {

/// Finds the process and climbs the ladder. Answers with a `result`: ok once the process and all
/// that belongs to it are seen gone, `killed` when the process itself needed SIGKILL. A target
/// that is gone already is a success where the task's address refuses connections.
Event run_signal(Run& run, const Task& task, const SignalHook& hook);

/// The ladder itself, on a target found before.
Event stop_target(Run& run, const Task& task, const SignalHook& hook, StopTarget& target);

}  // namespace lbdrain::hook
