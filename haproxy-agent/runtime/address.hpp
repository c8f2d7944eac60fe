// An endpoint's addresses, fit for connect(). Stateless, callable from any thread.
#pragma once

#include <sys/socket.h>

#include <expected>
#include <vector>

#include "runtime/endpoint.hpp"

namespace lbdrain::haproxy {

struct SocketAddress {
    sockaddr_storage storage{};
    socklen_t length = 0;

    const sockaddr* get() const { return reinterpret_cast<const sockaddr*>(&storage); }
};

// At least one. A host's name is looked up in a thread of its own, since a look-up cannot be given
// a limit: at the deadline the thread is left behind and ends by itself (a few at most; then names
// are no longer looked up until one has ended). Errors: not_resolved, timeout.
std::expected<std::vector<SocketAddress>, Error> resolve(const Endpoint& endpoint,
                                                         const Deadline& deadline);

}  // namespace lbdrain::haproxy
