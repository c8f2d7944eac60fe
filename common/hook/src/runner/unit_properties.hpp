// What systemd says of a unit, through D-Bus.
#pragma once

#include <sys/types.h>
#include <systemd/sd-bus.h>

#include <chrono>
#include <cstdint>
#include <optional>
#include <string>

#include "runner/run.hpp"

namespace lbdrain::hook {

/// One answer to Properties.GetAll, so that all of it is of one moment. What a kind of unit does
/// not have keeps its default. A value.
struct UnitProperties {
    std::string load;            // LoadState: "loaded", "not-found", "masked", "error", ...
    std::string load_error;      // the text of LoadError
    std::string active;          // ActiveState: "active", "inactive", "failed", "deactivating", ...
    std::string sub;             // SubState: "running", "stop-sigterm", "auto-restart", ...
    std::string type;            // Type of a service: "simple", "notify", ...
    std::string result;          // Result: "success", "timeout", "signal", "start-limit-hit", ...
    std::string invocation;      // InvocationID, in hexadecimal; another one is another start
    std::string cgroup;          // ControlGroup; empty when it has none
    std::string triggered_by;    // a unit that can start it, its socket, say
    std::uint32_t job = 0;       // the id of the job that is queued or running; 0: none
    std::uint32_t restarts = 0;  // NRestarts
    pid_t main_pid = 0;
    int exit_code = 0;    // ExecMainCode: CLD_EXITED, CLD_KILLED, CLD_DUMPED; 0: runs, or never ran
    int exit_status = 0;  // ExecMainStatus: exit status or signal
    std::optional<std::chrono::microseconds> stop_timeout;  // TimeoutStopUSec; nothing: infinite

    bool is_down() const { return active == "inactive" || active == "failed"; }
    bool is_up() const { return active == "active" || active == "reloading"; }
    /// "failed (failed)", "deactivating (stop-sigterm)".
    std::string state() const { return active == sub ? active : active + " (" + sub + ")"; }
};

/// Reads GetAll's reply, whose body is a{sv}; nothing when it is not that. Properties of unknown
/// name or of a type not looked for are passed over.
std::optional<UnitProperties> read_properties(sd_bus_message* reply);

/// How the main process ended: "exited with status 1", "was ended by SIGKILL"; empty: it has not.
std::string exit_text(const UnitProperties& unit);

}  // namespace lbdrain::hook
