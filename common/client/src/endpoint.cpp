#include "lbdrain/client/endpoint.hpp"

#include <sys/un.h>

#include <algorithm>

#include "lbdrain/http/url.hpp"

namespace lbdrain::client {
namespace {

constexpr std::string_view unix_scheme = "unix:";

bool has_host(std::string_view url) {
    const std::string_view rest = url.substr(url.find("://") + 3);
    return !rest.empty() && rest.front() != '/' && rest.front() != ':';
}

}  // namespace

std::expected<Endpoint, std::string> parse_endpoint(std::string_view text) {
    Endpoint endpoint;
    if (text.starts_with(unix_scheme)) {
        endpoint.unix_socket = text.substr(unix_scheme.size());
        if (!endpoint.unix_socket.starts_with('/')) {
            return std::unexpected("has no absolute path");
        }
        if (endpoint.unix_socket.size() >= sizeof(sockaddr_un::sun_path)) {
            return std::unexpected("is too long for the path of a socket");
        }
        endpoint.url = "http://localhost";
        return endpoint;
    }
    if (!text.starts_with("http://") && !text.starts_with("https://")) {
        return std::unexpected("is neither unix:/PATH nor an http or https URL");
    }
    if (!has_host(text)) {
        return std::unexpected("has no host");
    }
    if (std::ranges::any_of(text, [](char c) { return c <= ' ' || c == '\x7F'; })) {
        return std::unexpected("has blanks or control characters");
    }
    if (text.find_first_of("?#@") != std::string_view::npos) {
        return std::unexpected(
            "has a query, a fragment or a user: only scheme, host, port and path belong there");
    }
    endpoint.url = text;
    while (endpoint.url.ends_with('/')) {
        endpoint.url.pop_back();
    }
    return endpoint;
}

std::string shown(const Endpoint& endpoint) {
    return endpoint.unix_socket.empty() ? http::shown_url(endpoint.url)
                                        : std::string(unix_scheme) + endpoint.unix_socket;
}

}  // namespace lbdrain::client
