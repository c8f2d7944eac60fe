// What the path of a request names: everything, a server, or an action on a server.
#pragma once

#include <expected>
#include <optional>
#include <string>
#include <string_view>

#include "lbdrain/api/command_request.hpp"
#include "lbdrain/api/problem.hpp"

namespace lbdrain::api {

struct Target {
    bool status = false;
    std::string service;
    std::string server;
    std::optional<Action> action;
};

// "/v1/status" or "/v1/services/SERVICE/servers/SERVER[/ACTION]"; anything else is `not_found`. A
// server's name may hold slashes (unix sockets), so the action is taken off the end. Names are
// taken as they stand: percent-encoding is for the caller.
std::expected<Target, Problem> parse_path(std::string_view path);

// The same below a prefix that is not known, such as that of an NGINX location, and that may hold
// a "/v1/" of its own.
std::expected<Target, Problem> parse_path_below_prefix(std::string_view path);

}  // namespace lbdrain::api
