// Where a command socket of HAProxy is: "unix:/path", "host:port" or "[v6]:port". A plain value.
#pragma once

#include <cstdint>
#include <expected>
#include <string>
#include <string_view>

#include "lbdrain/posix/unique_fd.hpp"
#include "runtime/deadline.hpp"
#include "runtime/error.hpp"

namespace lbdrain::haproxy {

struct Endpoint {
    std::string unix_path;  // absolute; if set, the others are unused
    std::string host;       // a name or an address, without brackets
    std::uint16_t port = 0;

    // Error: bad_endpoint.
    static std::expected<Endpoint, Error> parse(std::string_view text);

    bool is_unix() const { return !unix_path.empty(); }
    std::string to_string() const;  // parse() takes it back
    bool operator==(const Endpoint&) const = default;
};

// A connected, non-blocking, close-on-exec socket. Errors: no_such_socket, not_resolved, refused,
// permission (which says what is lacking), connection_failed, timeout.
std::expected<UniqueFd, Error> connect(const Endpoint& endpoint, const Deadline& deadline);

}  // namespace lbdrain::haproxy
