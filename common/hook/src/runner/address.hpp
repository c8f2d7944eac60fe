// A server's address made fit for connect().
#pragma once

#include <sys/socket.h>

#include <expected>
#include <string>
#include <string_view>
#include <vector>

#include "runner/run.hpp"

namespace lbdrain::hook {

struct SocketAddress {
    sockaddr_storage storage{};
    socklen_t length = 0;

    const sockaddr* get() const { return reinterpret_cast<const sockaddr*>(&storage); }
};

/// Every address that "host:port", "[v6]:port" or "unix:/path" stands for, at least one. A host's
/// name is looked up in a child process, since a look-up cannot be given a time limit otherwise;
/// `until` limits it.
std::expected<std::vector<SocketAddress>, std::string> resolve(Run& run, std::string_view address,
                                                               TimePoint until);

}  // namespace lbdrain::hook
