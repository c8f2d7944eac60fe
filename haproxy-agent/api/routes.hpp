// What is asked for, and the answer, without the connection: paths, methods, refusals, commands.
//
// On the thread of the ApiBackend. Throws what the backend throws.
#pragma once

#include <expected>
#include <string>
#include <string_view>
#include <variant>

#include "api/api_server.hpp"
#include "api/backend.hpp"
#include "api/reply.hpp"
#include "lbdrain/api/target.hpp"

namespace lbdrain::agent {

struct Route {
    enum class Kind { status, metrics, events, server, action };
    Kind kind = Kind::status;
    api::Target target;  // of server and action
};

// From the head alone, so that what is refused anyway is refused before its body comes.
std::expected<Route, Reply> route(const ApiBackend& backend, std::string_view method,
                                  std::string_view target);

// Answer when sequence `id` has ended.
struct Await {
    std::string service;
    std::string server;
    std::uint64_t id = 0;
};

// Answer with what there is, then with what changes, without end.
struct Events {
    std::string first;  // one line `state` for each server
};

using Answer = std::variant<Reply, Await, Events>;

struct Asked {
    std::string_view body;
    bool wants_lines = false;
    std::string by;  // who asks, if the body does not say it
};

Answer answer(ApiBackend& backend, const ApiLog& log, const Route& route, const Asked& asked);

// The view of a server that a reload of the configuration took away: its names only.
api::ServerView view_or_name(const ApiBackend& backend, const std::string& service,
                             const std::string& server);

// `bytes` with %XX decoded; nullopt: a broken one, or a NUL.
std::optional<std::string> percent_decoded(std::string_view bytes);

}  // namespace lbdrain::agent
