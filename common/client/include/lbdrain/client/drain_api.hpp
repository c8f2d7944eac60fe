// Requests to a drain API, and what its replies mean. Pure but for the token's file; how they are
// sent, one after the other or several at once, is the caller's (lbdrain/http).
#pragma once

#include <expected>
#include <optional>
#include <string>
#include <string_view>

#include "lbdrain/api/command_request.hpp"
#include "lbdrain/api/problem.hpp"
#include "lbdrain/api/views.hpp"
#include "lbdrain/client/endpoint.hpp"
#include "lbdrain/http/message.hpp"

namespace lbdrain::client {

// 9,000 servers make 4 MB.
inline constexpr std::size_t kMaxReply = std::size_t{16} * 1024 * 1024;

struct Error {
    enum class Kind {
        unreachable,  // no answer: `nothing_sent` tells whether it can have arrived
        refused,      // it said no: nothing was changed
        strange,      // no drain API answers there, or one that does not let us in
        unreadable,   // it took the request, and its answer cannot be read
        token,        // the token's file cannot be read: nothing was sent
    };
    Kind kind = Kind::unreachable;
    std::string text;  // for people, without the URL
    bool nothing_sent = false;
    std::optional<api::Problem> problem;  // of `refused`, if it said one
};

struct ServerName {
    std::string service;
    std::string server;
};

// The body of a command; by and reason are cut to what the API takes.
std::string body_of(const api::CommandRequest& request, api::Action action);

// Error: the token.
std::expected<http::Request, Error> status_request(const Endpoint& endpoint);
std::expected<http::Request, Error> server_request(const Endpoint& endpoint,
                                                   const ServerName& server);
std::expected<http::Request, Error> command_request(const Endpoint& endpoint,
                                                    const ServerName& server, api::Action action,
                                                    const api::CommandRequest& request);

// What came of them.
std::expected<api::StatusView, Error> read_status(const Endpoint& endpoint,
                                                  const http::Result& result);
std::expected<api::ServerView, Error> read_server(const Endpoint& endpoint,
                                                  const http::Result& result);

}  // namespace lbdrain::client
