// A task from its text to its result.
#pragma once

#include "lbdrain/hook/event.hpp"
#include "lbdrain/hook/task.hpp"
#include "runner/run.hpp"

namespace lbdrain::hook {

/// Runs `task`, run file and liveness check included, and answers with the `result`, which it does
/// not report. No exception leaves it.
Event run_task(Run& run, const Task& task);

/// The program: a task from `in`, events to `out`, an interrupt when `interrupt_fd` (or -1) becomes
/// readable. Answers with the exit status: 0 ok, 1 failed, 2 bad task.
int run_program(int in, int out, int interrupt_fd);

}  // namespace lbdrain::hook
