// Names of backends and servers that go into commands. Stateless.
#pragma once

#include <expected>
#include <string_view>

#include "runtime/error.hpp"

namespace lbdrain::haproxy {

// HAProxy's own charset (invalid_char() in its tools.c: letters, digits, '-', '_', '.', ':'), so
// that no name can end a command and begin another.
bool is_name(std::string_view name);

// Error: bad_name, naming the one that is.
std::expected<void, Error> check_names(std::string_view backend, std::string_view server);
std::expected<void, Error> check_backend(std::string_view backend);
std::expected<void, Error> check_word(std::string_view word);  // of a Lua command

}  // namespace lbdrain::haproxy
