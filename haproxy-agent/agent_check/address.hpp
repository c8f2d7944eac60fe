// Where the responder listens, as text and as the kernel's structure. Stateless.
#pragma once

#include <sys/socket.h>

#include <expected>
#include <string>
#include <string_view>

namespace lbdrain::agent_check {

struct SocketAddress {
    sockaddr_storage storage{};
    socklen_t length = 0;

    const sockaddr* get() const noexcept { return reinterpret_cast<const sockaddr*>(&storage); }
    sockaddr* get() noexcept { return reinterpret_cast<sockaddr*>(&storage); }
};

// "192.0.2.1:9707", "0.0.0.0:9707" or "[::]:9707". Numbers only: a name may have several addresses
// or another one tomorrow. No unix sockets: HAProxy's agent-addr knows none. Port 0 takes any.
std::expected<SocketAddress, std::string> parse_address(std::string_view text);

// The same form back; "?" for anything else.
std::string address_text(const SocketAddress& address);

// Whom the connected socket `fd` talks to, and where it is bound.
std::string peer_text(int fd);
std::string local_text(int fd);

}  // namespace lbdrain::agent_check
