// Texts of hooks that may hold $variables: checked as some server would have them, kept as they
// are. Stateless; the node is always a scalar.
#pragma once

#include <string>

#include "config/keys.hpp"
#include "lbdrain/yaml/fault.hpp"
#include "lbdrain/yaml/tree.hpp"

namespace lbdrain::agent::yaml {

// Any text; line breaks are allowed in a body only.
Parsed<std::string> parse_hook_text(const YamlNode& node);
Parsed<std::string> parse_hook_body(const YamlNode& node);

Parsed<std::string> parse_hook_url(const YamlNode& node);
Parsed<std::string> parse_hook_path(const YamlNode& node);
Parsed<std::string> parse_hook_unit(const YamlNode& node);

}  // namespace lbdrain::agent::yaml
