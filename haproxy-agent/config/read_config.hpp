// Reads agent.yaml, strictly: unknown and duplicate keys, wrong types and bad values are refused,
// each with its position and what was expected, all of a file at once (up to a limit).
//
// Pure functions of the text, callable from any thread: whether a named file, socket or program
// exists is not looked at. Nothing but std::bad_alloc is thrown, whatever the bytes are.
#pragma once

#include <cstddef>
#include <expected>
#include <string>
#include <string_view>
#include <vector>

#include "config/config.hpp"
#include "lbdrain/yaml/config_error.hpp"
#include "lbdrain/yaml/read_file.hpp"

namespace lbdrain::agent {

using yaml::ConfigError;
using yaml::kMaxConfigBytes;
using yaml::kMaxConfigErrors;
using yaml::to_string;

using ConfigResult = std::expected<AgentConfig, std::vector<ConfigError>>;

// The file at `path`, which is also the name in errors.
ConfigResult read_config(const std::string& path);

// `text` as the content of a file called `name`.
ConfigResult parse_config(std::string_view text, const std::string& name);

// A summary for people: balancers, services and their servers, a few short lines.
std::string describe(const AgentConfig& config);

}  // namespace lbdrain::agent
