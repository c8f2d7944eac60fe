// The ready check: so many passes in a row, and what may be asked on top of them.
#pragma once

#include "lbdrain/hook/event.hpp"
#include "lbdrain/hook/task.hpp"
#include "runner/run.hpp"

namespace lbdrain::hook {

/// Asks until the server is ready or the run's deadline has come; a failure of any kind starts the
/// count anew. Answers with a `result`, which names the last failure when there was no success.
Event run_ready(Run& run, const Task& task, const ReadyCheck& check);

}  // namespace lbdrain::hook
