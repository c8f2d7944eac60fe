#include "runtime/endpoint.hpp"

#include <sys/un.h>

#include <algorithm>
#include <charconv>
#include <optional>

namespace lbdrain::haproxy {
namespace {

std::unexpected<Error> bad(std::string_view text, const std::string& why) {
    return std::unexpected(
        Error{ErrorCode::bad_endpoint, "\"" + std::string(text) + "\" names no socket: " + why});
}

std::optional<std::uint16_t> port_of(std::string_view text) {
    std::uint16_t port = 0;
    const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), port);
    if (error != std::errc{} || end != text.data() + text.size() || port == 0) {
        return std::nullopt;
    }
    return port;
}

// What stands in names and addresses, scopes ("fe80::1%eth0") included.
bool is_host(std::string_view text) {
    return !text.empty() && text.size() <= 255 && std::ranges::all_of(text, [](char c) {
        return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') ||
               c == '.' || c == '-' || c == '_' || c == ':' || c == '%';
    });
}

}  // namespace

std::expected<Endpoint, Error> Endpoint::parse(std::string_view text) {
    constexpr std::string_view unix_prefix = "unix:";
    if (text.starts_with(unix_prefix)) {
        const auto path = text.substr(unix_prefix.size());
        if (!path.starts_with('/')) {
            return bad(text, "the path after unix: has to begin with /");
        }
        if (path.size() >= sizeof(sockaddr_un{}.sun_path)) {
            return bad(text, "a unix socket's path has at most 107 bytes");
        }
        if (path.find('\0') != std::string_view::npos) {
            return bad(text, "a NUL in the path");
        }
        return Endpoint{std::string(path), {}, 0};
    }
    const auto colon = text.rfind(':');
    if (colon == std::string_view::npos) {
        return bad(text, "expected unix:/path, host:port or [v6 address]:port");
    }
    const auto port = port_of(text.substr(colon + 1));
    if (!port) {
        return bad(text, "the port after the last colon has to be 1 to 65535");
    }
    auto host = text.substr(0, colon);
    const bool brackets = host.size() > 2 && host.starts_with('[') && host.ends_with(']');
    if (brackets) {
        host = host.substr(1, host.size() - 2);
    } else if (host.find(':') != std::string_view::npos) {
        return bad(text, "an IPv6 address stands in brackets");
    }
    if (!is_host(host) || brackets != (host.find(':') != std::string_view::npos)) {
        return bad(text, "no host before the port");
    }
    return Endpoint{{}, std::string(host), *port};
}

std::string Endpoint::to_string() const {
    if (is_unix()) {
        return "unix:" + unix_path;
    }
    const bool v6 = host.find(':') != std::string::npos;
    return (v6 ? "[" + host + "]" : host) + ":" + std::to_string(port);
}

}  // namespace lbdrain::haproxy
