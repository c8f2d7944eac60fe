// SERVICE/SERVER, and which of them a unit is. Pure functions.
#pragma once

#include <expected>
#include <string>
#include <string_view>
#include <vector>

#include "config/config.hpp"

namespace lbdrain::ctl {

// The error says what was expected.
std::expected<ServerSpec, std::string> parse_server_spec(std::string_view text);

// A unit's name in its parts: "vllm@a.service" is the template "vllm@.service", instance "a".
struct UnitName {
    std::string name;      // of the template, or of the unit itself
    std::string instance;  // of a template's instance, as written: "%i"
};
UnitName split_unit(std::string_view unit);

// The servers of a unit, "%i" replaced; empty: the configuration does not name it. A unit named in
// full counts before its template.
std::vector<ServerSpec> servers_of(const CtlConfig& config, std::string_view unit);

}  // namespace lbdrain::ctl
