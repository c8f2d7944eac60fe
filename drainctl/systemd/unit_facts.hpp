// What systemd knows of a unit that a hook of it has to know.
#pragma once

#include <expected>
#include <string>

namespace lbdrain::ctl {

// The unit that this process belongs to, from its control group; the error says what to do.
std::expected<std::string, std::string> own_unit();

struct UnitFacts {
    std::string job;             // of the unit: "stop", "restart"...; empty: none
    bool shutting_down = false;  // the whole system
};

// Over D-Bus: PID 1's own socket for root, which is there during a shutdown too, else the system
// bus. The error says why it cannot be told.
std::expected<UnitFacts, std::string> unit_facts(const std::string& unit);

}  // namespace lbdrain::ctl
