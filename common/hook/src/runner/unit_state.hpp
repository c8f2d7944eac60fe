// What systemd says of a unit, through systemctl.
#pragma once

#include <sys/types.h>

#include <expected>
#include <string>
#include <string_view>

#include "runner/run.hpp"

namespace lbdrain::hook {

struct UnitState {
    std::string load;    // "loaded", "not-found", ...
    std::string active;  // "active", "inactive", "failed", "activating", ...
    pid_t main_pid = 0;  // 0: none
    std::string cgroup;  // path; empty: none
};

/// `systemctl show`'s output, Name=value lines.
std::expected<UnitState, std::string> parse_unit_state(std::string_view output);

/// Asks `systemctl show` about `unit`, for 5 s at most. `program` is systemctl's path.
std::expected<UnitState, std::string> query_unit(Run& run, const std::string& unit,
                                                 const std::string& program = "/usr/bin/systemctl");

}  // namespace lbdrain::hook
