// Reads drainctl.yaml, strictly (lbdrain/yaml).
#pragma once

#include <expected>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "config/config.hpp"
#include "lbdrain/yaml/read_file.hpp"

namespace lbdrain::ctl {

using ConfigResult = std::expected<CtlConfig, yaml::Errors>;

ConfigResult read_config(const std::string& path);

// `text` as the content of a file called `name`.
ConfigResult parse_config(std::string_view text, const std::string& name);

// Where it is looked for, in this order: the user's own (by HOME and XDG_CONFIG_HOME), where the
// installation has its configuration, /etc.
std::vector<std::string> config_paths();

// The first of config_paths() that is there; without one, the default target alone.
ConfigResult find_config();

// Of a target that was named on the command line: called by its host, or its socket's file.
TargetConfig target_of(const client::Endpoint& endpoint);

}  // namespace lbdrain::ctl
