// Names from outside as names of files. Stateless.
#pragma once

#include <optional>
#include <string>
#include <string_view>

namespace lbdrain {

// Letters, digits, '-' and '_' stand for themselves, any other byte as %XX: no two names give the
// same, and none is a path. nullopt: empty, or too long for a file's name.
std::optional<std::string> encode_file_name(std::string_view name);

}  // namespace lbdrain
