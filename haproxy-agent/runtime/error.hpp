// What can go wrong between us and HAProxy. Every failure is a value; nothing here throws.
#pragma once

#include <expected>
#include <string>
#include <string_view>

namespace lbdrain::haproxy {

enum class ErrorCode {
    // Ours: nothing was sent.
    bad_endpoint,  // no socket can have this name
    bad_name,      // a backend's or server's name that cannot stand in a command
    // The socket.
    no_such_socket,  // the path does not exist: HAProxy is not running, or is configured otherwise
    not_resolved,    // no address for the host
    refused,         // nobody listens; for a moment also while a 2.6 master re-executes itself
    permission,      // the file system keeps us from the socket
    connection_failed,  // other failures to connect, send or receive
    timeout,            // no (whole) answer in time: hung, overloaded, or too many connections
    closed_early,       // the connection ended before the answer did
    too_big,            // an answer beyond the bound
    bad_reply,          // not what this command's answer looks like
    // HAProxy says no (texts: cli_error.hpp).
    no_such_server,
    no_such_backend,
    no_such_proxy,
    permission_denied,  // the socket's level is too low
    proxy_disabled,     // asked an old worker, which cannot be told by `set`
    bad_value,          // a state or weight it does not take
    agent_disabled,     // agent checks are not enabled on this server
    no_such_process,    // the worker has gone
    unknown_command,
    refused_command,  // any other answer to a command that answers nothing when it worked
    // What was read does not prove what was asked.
    not_confirmed,       // the command was accepted, the server's state says otherwise
    generation_changed,  // a reload or an exit came in between: ask again
};

struct Error {
    ErrorCode code;
    std::string message;  // for people: what was asked of whom, and what to look at

    bool operator==(const Error&) const = default;
};

std::string_view to_string(ErrorCode code);

// Worth asking again at once: the answer was lost to a reload, not refused.
bool is_transient(ErrorCode code);

}  // namespace lbdrain::haproxy
