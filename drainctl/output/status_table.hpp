// The fleet for a person, and for a script. Pure functions.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "fleet/fleet.hpp"
#include "output/terminal.hpp"

namespace lbdrain::ctl {

// Lines: a table of servers; below it what is wrong with targets and balancers. `now_unix_ms`: for
// how long a state has lasted. `only`: servers to show; empty: all.
std::vector<std::string> status_lines(const Fleet& fleet, const std::vector<ServerSpec>& only,
                                      std::int64_t now_unix_ms, const Terminal& terminal);

// One JSON object, without a newline.
std::string status_json(const Fleet& fleet, const std::vector<ServerSpec>& only);

// What to look at when a target does not answer: "is drain-agent running? ..."; may be empty.
std::string advice(const FleetTarget& target);
// "edge-1 (unix:/run/x.sock): connection refused; ..."
std::string unreachable_text(const FleetTarget& target);

}  // namespace lbdrain::ctl
