#include "lbdrain/yaml/places.hpp"

#include <arpa/inet.h>
#include <sys/un.h>

#include <algorithm>
#include <charconv>

#include "lbdrain/yaml/scalars.hpp"

namespace lbdrain::yaml {
namespace {

constexpr std::string_view kUnix = "unix:";
constexpr std::size_t kMaxName = 100;

bool is_word_character(char c) {
    return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') ||
           std::string_view("_.-").contains(c);
}

bool is_port(std::string_view port) {
    unsigned number = 0;
    const auto [end, error] = std::from_chars(port.data(), port.data() + port.size(), number);
    return error == std::errc() && end == port.data() + port.size() && port.front() != '0' &&
           number <= 65535;
}

template <int family>
bool is_ip(std::string_view host) {
    unsigned char address[sizeof(in6_addr)];
    return inet_pton(family, std::string(host).c_str(), address) == 1;
}

bool is_bracketed_ipv6(std::string_view host) {
    return host.size() > 2 && host.front() == '[' && host.back() == ']' &&
           is_ip<AF_INET6>(host.substr(1, host.size() - 2));
}

bool is_host(std::string_view host) {
    if (host.starts_with('[')) {
        return is_bracketed_ipv6(host);
    }
    // Digits and dots alone are meant as an address: 10.0.1 or 10.0.1.256 is a typing error.
    const bool numeric = host.find_first_not_of("0123456789.") == std::string_view::npos;
    return numeric ? is_ip<AF_INET>(host)
                   : !host.empty() && host.size() <= 253 && host.front() != '-' &&
                         std::ranges::all_of(host, is_word_character);
}

// Why `address` is none of host and port, if it is not.
std::expected<void, Fault> check_address(std::string_view address) {
    if (address.contains('/')) {
        return fault("is no address and port");
    }
    if (is_ip<AF_INET6>(address) || (std::ranges::count(address, ':') > 1 && address[0] != '[')) {
        return fault("is no address and port",
                     "an IPv6 address in brackets and a port such as "
                     "\"[fd00::1]:8000\"");
    }
    if (!address.contains(':')) {
        return fault("has no port");
    }
    if (!is_port(port_of(address))) {
        return fault("has no port from 1 to 65535 at its end");
    }
    if (!is_host(host_of(address))) {
        return fault("has no usable host before its port");
    }
    return {};
}

}  // namespace

Parsed<std::string> parse_name(const YamlNode& node) {
    const std::string& name = node.text;
    if (name.empty()) {
        return fault("is empty");
    }
    if (name.size() > kMaxName) {
        return fault("is too long", "100 bytes at most");
    }
    const auto fits = [](char c) { return is_word_character(c) || c == ':'; };
    if (!std::ranges::all_of(name, fits) || name == "." || name == "..") {
        return fault("is no usable name");
    }
    return name;
}

Parsed<std::string> parse_name_there(const YamlNode& node) {
    const auto line = parse_line(node);
    if (line && (line->contains(' ') || line->size() > 255)) {
        return fault("is no name of a backend or upstream");
    }
    return line;
}

Parsed<std::string> parse_absolute_path(const YamlNode& node) {
    const auto line = parse_line(node);
    if (line && !line->starts_with('/')) {
        return fault("is no absolute path");
    }
    return line;
}

Parsed<std::string> parse_account(const YamlNode& node) {
    if (node.text.empty() || node.text.front() == '-' ||
        !std::ranges::all_of(node.text, is_word_character)) {
        return fault("cannot be the name of one");
    }
    return node.text;
}

Parsed<std::string> parse_unix_socket(const YamlNode& node) {
    const auto line = parse_line(node);
    if (!line) {
        return line;
    }
    if (line->starts_with('/')) {
        return fault("does not say \"unix:\"", "\"unix:" + *line + "\"");
    }
    if (!line->starts_with("unix:/")) {
        return fault("is no unix socket with an absolute path");
    }
    if (line->size() - kUnix.size() >= sizeof(sockaddr_un::sun_path)) {
        return fault("is too long for a unix socket", "a path of 107 bytes at most");
    }
    return line->substr(kUnix.size());
}

Parsed<std::string> parse_server_address(const YamlNode& node) {
    return parse_socket(node);
}

Parsed<std::string> parse_socket(const YamlNode& node) {
    if (node.text.starts_with('/') || node.text.starts_with(kUnix)) {
        auto path = parse_unix_socket(node);
        return path ? Parsed<std::string>(node.text) : path;
    }
    if (auto address = check_address(node.text); !address) {
        return std::unexpected(address.error());
    }
    return node.text;
}

Parsed<std::string> parse_listen_address(const YamlNode& node) {
    const std::string& text = node.text;
    if (text.starts_with(kUnix) || text.starts_with('/')) {
        return fault("is a unix socket, which HAProxy's agent-check cannot reach");
    }
    if (text.find_first_not_of("0123456789") == std::string::npos && is_port(text)) {
        return fault("has no address", "an IP address and a port such as \"0.0.0.0:" + text + '"');
    }
    if (auto address = check_address(text); !address) {
        return std::unexpected(address.error());
    }
    const std::string_view host = host_of(text);
    if (!is_ip<AF_INET>(host) && !is_bracketed_ipv6(host)) {
        return fault("begins with no IP address");
    }
    return text;
}

std::string_view host_of(std::string_view address) {
    const std::size_t colon = address.rfind(':');
    return colon == std::string_view::npos ? "" : address.substr(0, colon);
}

std::string_view port_of(std::string_view address) {
    const std::size_t colon = address.rfind(':');
    return colon == std::string_view::npos ? "" : address.substr(colon + 1);
}

Parsed<std::string> parse_url(std::string_view url) {
    const std::size_t begin = url.starts_with("http://") ? 7 : url.starts_with("https://") ? 8 : 0;
    if (begin == 0) {
        return fault("does not start with http:// or https://");
    }
    if (!std::ranges::all_of(url, [](char c) { return c > ' ' && c < 0x7F; })) {
        return fault("holds a blank or a character that no URL has");
    }
    const std::string_view authority = url.substr(begin, url.find_first_of("/?#", begin) - begin);
    if (authority.contains('@')) {
        return fault("names a user");
    }
    const std::size_t colon = authority.rfind(':');
    const bool has_port = colon != std::string_view::npos && !authority.ends_with(']');
    if (!is_host(authority.substr(0, has_port ? colon : authority.size())) ||
        (has_port && !is_port(authority.substr(colon + 1)))) {
        return fault("has no usable host and port");
    }
    return std::string(url);
}

Parsed<std::string> parse_api_url(const YamlNode& node) {
    auto url = parse_url(node.text);
    if (url && url->find_first_of("?#") != std::string::npos) {
        return fault("has a query or fragment");
    }
    while (url && url->ends_with('/')) {
        url->pop_back();
    }
    return url;
}

}  // namespace lbdrain::yaml
