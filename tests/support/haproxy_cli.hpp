// The smallest client of HAProxy's command sockets: for tests to look at HAProxy by other means
// than the code under test. Stateless, callable from any thread.
#pragma once

#include <optional>
#include <string>

#include "wait.hpp"

namespace lbdrain::test {

// Sends one line and reads until HAProxy closes; nothing if it does not in time.
std::optional<std::string> haproxy_cli(const std::string& socket_path, const std::string& line,
                                       Millis limit = long_enough);

// The value of a "Name: value" line, as in `show info`; empty if there is none.
std::string info_field(const std::string& info, const std::string& name);

}  // namespace lbdrain::test
