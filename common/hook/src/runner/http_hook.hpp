// The http hook: one request that must be answered with an expected status.
#pragma once

#include "lbdrain/hook/event.hpp"
#include "lbdrain/hook/task.hpp"
#include "runner/run.hpp"

namespace lbdrain::hook {

/// Sends the request, again and again with a growing pause while nothing of it can have arrived,
/// until the run's deadline. Liveness is not looked at here. Answers with a `result`.
Event run_http(Run& run, const HttpHook& hook);

}  // namespace lbdrain::hook
