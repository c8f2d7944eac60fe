// The text of a YAML file before and after the parser: bytes that it must not see, and its errors
// in words that help. Stateless.
#pragma once

#include <optional>
#include <string_view>

#include "lbdrain/yaml/tree.hpp"

namespace lbdrain::yaml {

// The first byte that is neither UTF-8 text nor a line break or tab, if there is one. The parser
// would take some control characters for the end of the file, and bytes that are no UTF-8 for
// others.
std::optional<YamlError> unreadable_byte(std::string_view text);

// An error of the parser, with the likely cause.
YamlError explain(std::string_view text, Position at, std::string_view message);

}  // namespace lbdrain::yaml
