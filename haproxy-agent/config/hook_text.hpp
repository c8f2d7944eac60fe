// Texts of hooks that may hold $variables: checked as some server would have them, kept as they
// are. Stateless; the node is always a scalar.
#pragma once

#include <string>

#include "config/fault.hpp"
#include "config/yaml_tree.hpp"

namespace lbdrain::agent::yaml {

// Any text; line breaks are allowed in a body only.
Parsed<std::string> parse_hook_text(const Node& node);
Parsed<std::string> parse_hook_body(const Node& node);

Parsed<std::string> parse_hook_url(const Node& node);
Parsed<std::string> parse_hook_path(const Node& node);
Parsed<std::string> parse_hook_unit(const Node& node);

}  // namespace lbdrain::agent::yaml
