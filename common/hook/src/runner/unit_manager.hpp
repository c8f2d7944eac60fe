// systemd's manager on the system bus, as far as one unit is concerned.
#pragma once

#include <expected>
#include <optional>
#include <string>

#include "runner/bus.hpp"
#include "runner/unit_properties.hpp"

namespace lbdrain::hook {

/// Something that may have changed the unit.
struct UnitChange {
    std::string job;     // the path of a job, any unit's, that has ended; empty: none has
    std::string result;  // of that job: "done", "canceled", "timeout", "failed", "dependency", ...
};

/// Owns its connection; jobs that it asked for outlive it. One thread.
class UnitManager {
  public:
    /// Connects, and has the changes of `unit` and the ends of jobs sent here from now on.
    static BusResult<UnitManager> open(Run& run, std::string unit);

    const std::string& unit() const { return unit_; }

    /// Waits for a systemd that executes itself anew (daemon-reexec) and is not on the bus.
    BusResult<UnitProperties> read(Run& run);
    /// Keeps systemd from forgetting how the unit ended as long as this is connected. May be
    /// refused to others than root; a failed unit is remembered anyway.
    BusResult<void> pin(Run& run);
    /// Asks for a job, replacing those that contradict it and joining one that does the same.
    /// Answers with the job's path.
    BusResult<std::string> stop(Run& run) { return start_job(run, "StopUnit"); }
    BusResult<std::string> start(Run& run) { return start_job(run, "StartUnit"); }
    /// Forgets a failure, and how often the unit was started lately.
    BusResult<void> reset_failed(Run& run);

    /// The next change, or nothing when `until` came first.
    BusResult<std::optional<UnitChange>> next_change(Run& run, TimePoint until);

  private:
    UnitManager(SystemBus bus, std::string unit) : bus_(std::move(bus)), unit_(std::move(unit)) {}

    BusResult<UnitProperties> read_once(Run& run);
    BusResult<BusMessage> call_manager(Run& run, const char* member, const char* mode = nullptr);
    BusResult<std::string> start_job(Run& run, const char* member);

    SystemBus bus_;
    std::string unit_;
    std::string path_;  // the unit's object
};

/// The id in a job's path, as UnitProperties::job has it; 0 when it is none.
std::uint32_t job_id(const std::string& path);

/// `error` in words, for whoever wanted to `verb` ("stop", "start") the unit.
std::string explain(const BusError& error, const std::string& verb, const std::string& unit);

}  // namespace lbdrain::hook
