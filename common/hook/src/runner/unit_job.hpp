// Waiting for a job of systemd's.
#pragma once

#include <expected>
#include <string>

#include "lbdrain/hook/event.hpp"
#include "runner/run.hpp"
#include "runner/unit_manager.hpp"

namespace lbdrain::hook {

/// What is waited for, for the operator.
struct JobWait {
    std::string path;     // the job's, as StopUnit or StartUnit answered
    std::string verb;     // "stop", "start"
    UnitProperties unit;  // as last seen; kept up to date while waiting
};

/// Waits until the job has ended and reports what the unit does meanwhile. Answers with the job's
/// result, "unknown" when only its absence was seen (a bus that restarted tells no ends of jobs).
/// When the run ended first: a `result` that says what is still being waited for. The job goes on.
std::expected<std::string, Event> wait_for_job(Run& run, UnitManager& manager, JobWait& wait);

}  // namespace lbdrain::hook
