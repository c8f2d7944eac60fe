// Where a server listens, and the sockets for it. Stateless, callable from any thread.
#pragma once

#include <cstdint>
#include <string>

#include "lbdrain/posix/unique_fd.hpp"
#include "wait.hpp"

namespace lbdrain::test {

struct Endpoint {
    std::string host = "127.0.0.1";
    std::uint16_t port = 0;
    std::string unix_path = {};  // if set, a Unix socket

    static Endpoint tcp(std::uint16_t port) { return {"127.0.0.1", port, {}}; }
    static Endpoint unix_socket(std::string path) { return {{}, 0, std::move(path)}; }
    std::string name() const;
};

// All sockets are non-blocking. On failure the descriptor is empty and errno says why.
UniqueFd begin_connect(const Endpoint& endpoint);  // may still be in progress
UniqueFd connect_to(const Endpoint& endpoint, Millis limit);
UniqueFd listen_on(const Endpoint& endpoint);

int socket_error(int fd);          // SO_ERROR, which it clears
std::uint16_t local_port(int fd);  // 0 if it is no TCP socket

// Closing the socket will send RST: what peers see of a process that was killed with data unread.
void reset_on_close(int fd);

}  // namespace lbdrain::test
