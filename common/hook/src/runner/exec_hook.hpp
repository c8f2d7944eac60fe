// The exec hook: one program, watched from its start to its end.
#pragma once

#include "lbdrain/hook/event.hpp"
#include "lbdrain/hook/task.hpp"
#include "runner/run.hpp"

namespace lbdrain::hook {

/// Runs the program and answers with a `result`. At the deadline, or when interrupted, its process
/// group gets SIGTERM and 5 s later SIGKILL. Liveness is not looked at here.
Event run_exec(Run& run, const Task& task, const ExecHook& hook);

}  // namespace lbdrain::hook
