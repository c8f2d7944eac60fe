#include "agent_check/address.hpp"

#include <arpa/inet.h>
#include <netinet/in.h>

#include <array>
#include <charconv>
#include <cstdint>
#include <cstring>
#include <optional>

namespace lbdrain::agent_check {
namespace {

std::optional<std::uint16_t> parse_port(std::string_view text) {
    std::uint16_t port = 0;
    const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), port);
    if (error != std::errc{} || end != text.data() + text.size()) {
        return std::nullopt;
    }
    return port;
}

template <class Address>
SocketAddress stored(const Address& address) {
    SocketAddress result;
    std::memcpy(&result.storage, &address, sizeof address);
    result.length = sizeof address;
    return result;
}

std::optional<SocketAddress> numeric(std::string_view host, std::uint16_t port) {
    if (host.starts_with('[') && host.ends_with(']')) {
        sockaddr_in6 v6{};
        v6.sin6_family = AF_INET6;
        v6.sin6_port = htons(port);
        const std::string inner(host.substr(1, host.size() - 2));
        return ::inet_pton(AF_INET6, inner.c_str(), &v6.sin6_addr) == 1 ? std::optional(stored(v6))
                                                                        : std::nullopt;
    }
    sockaddr_in v4{};
    v4.sin_family = AF_INET;
    v4.sin_port = htons(port);
    return ::inet_pton(AF_INET, std::string(host).c_str(), &v4.sin_addr) == 1
               ? std::optional(stored(v4))
               : std::nullopt;
}

}  // namespace

std::expected<SocketAddress, std::string> parse_address(std::string_view text) {
    const auto refuse = [&](std::string_view why) {
        return std::unexpected("cannot listen on \"" + std::string(text) +
                               "\": " + std::string(why));
    };
    if (text.starts_with("unix:") || text.starts_with('/')) {
        return refuse("HAProxy's agent-check speaks TCP only");
    }
    const auto colon = text.rfind(':');
    if (colon == std::string_view::npos) {
        return refuse("no port; expected ADDRESS:PORT, like 0.0.0.0:9707 or [::]:9707");
    }
    const auto port = parse_port(text.substr(colon + 1));
    if (!port) {
        return refuse("the port is no number from 0 to 65535");
    }
    const auto address = numeric(text.substr(0, colon), *port);
    if (!address) {
        return refuse(
            "no numeric address; expected IPv4, like 0.0.0.0:9707, or IPv6, like "
            "[::]:9707");
    }
    return *address;
}

std::string address_text(const SocketAddress& address) {
    std::array<char, INET6_ADDRSTRLEN> host{};
    if (address.storage.ss_family == AF_INET) {
        sockaddr_in v4{};
        std::memcpy(&v4, &address.storage, sizeof v4);
        if (::inet_ntop(AF_INET, &v4.sin_addr, host.data(), host.size()) != nullptr) {
            return std::string(host.data()) + ":" + std::to_string(ntohs(v4.sin_port));
        }
    } else if (address.storage.ss_family == AF_INET6) {
        sockaddr_in6 v6{};
        std::memcpy(&v6, &address.storage, sizeof v6);
        if (::inet_ntop(AF_INET6, &v6.sin6_addr, host.data(), host.size()) != nullptr) {
            return "[" + std::string(host.data()) + "]:" + std::to_string(ntohs(v6.sin6_port));
        }
    }
    return "?";
}

std::string peer_text(int fd) {
    SocketAddress address;
    address.length = sizeof address.storage;
    return ::getpeername(fd, address.get(), &address.length) == 0 ? address_text(address) : "?";
}

std::string local_text(int fd) {
    SocketAddress address;
    address.length = sizeof address.storage;
    return ::getsockname(fd, address.get(), &address.length) == 0 ? address_text(address) : "?";
}

}  // namespace lbdrain::agent_check
