// Reads `stop`, `start` and `ready` of a service or server. Variables are checked, not replaced.
#pragma once

#include <optional>
#include <string_view>

#include "config/config.hpp"
#include "config/keys.hpp"
#include "lbdrain/yaml/mapping.hpp"

namespace lbdrain::agent::yaml {

// nullopt: `parent` has no such key, or what it has is wrong and noted.
std::optional<HookConfig> read_hook(const Mapping& parent, std::string_view key,
                                    hook::Action action);
std::optional<ReadyConfig> read_ready(const Mapping& parent);

// Where a hook turns out to be unusable for one server, with its variables filled in: why.
std::optional<std::string> unusable_for(const ServerConfig& server, const std::string& service);

}  // namespace lbdrain::agent::yaml
