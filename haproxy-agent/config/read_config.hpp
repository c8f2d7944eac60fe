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
#include "config/config_error.hpp"

namespace lbdrain::agent {

// A larger file is refused unread.
inline constexpr std::size_t kMaxConfigBytes = std::size_t{1} << 20;
// What was found after this many errors is not told.
inline constexpr std::size_t kMaxConfigErrors = 50;

using ConfigResult = std::expected<AgentConfig, std::vector<ConfigError>>;

// The file at `path`, which is also the name in errors.
ConfigResult read_config(const std::string& path);

// `text` as the content of a file called `name`.
ConfigResult parse_config(std::string_view text, const std::string& name);

// A summary for people: balancers, services and their servers, a few short lines.
std::string describe(const AgentConfig& config);

}  // namespace lbdrain::agent
