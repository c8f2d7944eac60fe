// From a configuration file to its value, with every mistake in it. Pure but for the file; callable
// from any thread. Nothing but std::bad_alloc is thrown, whatever the bytes are.
#pragma once

#include <cstddef>
#include <expected>
#include <functional>
#include <string>
#include <string_view>
#include <vector>

#include "lbdrain/yaml/config_error.hpp"
#include "lbdrain/yaml/mapping.hpp"

namespace lbdrain::yaml {

// A larger file is refused unread.
inline constexpr std::size_t kMaxConfigBytes = std::size_t{1} << 20;

using Errors = std::vector<ConfigError>;

// The file's bytes. Error: it cannot be read, or is too large.
std::expected<std::string, Errors> read_text(const std::string& path);

// How the file is laid out, for messages.
struct Layout {
    const Section* file = nullptr;
    std::string_view expected;  // "a mapping such as {services: ...}"
    std::string_view if_empty;  // "expected at least \"services\""; empty: the file may be empty
};

// Calls `read` with the mapping at the top of `text`, whose name in errors is `name`; not called if
// there is none. What it notes in the mapping's mistakes is returned.
std::expected<void, Errors> read_document(std::string_view text, const std::string& name,
                                          const Layout& layout,
                                          const std::function<void(const Mapping&)>& read);

}  // namespace lbdrain::yaml
