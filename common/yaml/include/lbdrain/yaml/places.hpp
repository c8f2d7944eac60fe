// Names, paths, addresses and URLs in configuration files. Stateless; the node is always a scalar.
// Nothing is resolved, opened or looked up.
#pragma once

#include <string>
#include <string_view>

#include "lbdrain/yaml/fault.hpp"
#include "lbdrain/yaml/tree.hpp"

namespace lbdrain::yaml {

// A balancer's, service's or server's name: what HAProxy allows in names, and what is one segment
// of a URL's path and one word of `agent-send`.
Parsed<std::string> parse_name(const YamlNode& node);
inline constexpr std::string_view kNameExpected =
    "letters, digits, \"_\", \"-\", \".\" and \":\" such as gpu-a";

// A backend's or upstream's name at a balancer: a word.
Parsed<std::string> parse_name_there(const YamlNode& node);

Parsed<std::string> parse_absolute_path(const YamlNode& node);

// A user or group: a name or a number.
Parsed<std::string> parse_account(const YamlNode& node);

// "10.0.1.1:8000", "[fd00::1]:8000", "gpu-a.lan:8000" or "unix:/run/vllm.sock".
Parsed<std::string> parse_server_address(const YamlNode& node);

// "unix:/run/haproxy/admin.sock" or as above: where HAProxy answers.
Parsed<std::string> parse_socket(const YamlNode& node);

// "unix:" and an absolute path that fits a socket's address; returns the path.
Parsed<std::string> parse_unix_socket(const YamlNode& node);

// "0.0.0.0:9707" or "[::]:9707": an IP address in numbers, the port not 0.
Parsed<std::string> parse_listen_address(const YamlNode& node);

// Of an address above with a port. What is no address gives "".
std::string_view host_of(std::string_view address);
std::string_view port_of(std::string_view address);

// http:// or https://, a host, perhaps a port and a path; no user, no blanks.
Parsed<std::string> parse_url(std::string_view url);

// The location of an NGINX's drain API: no query, and the slash at its end is taken off.
Parsed<std::string> parse_api_url(const YamlNode& node);

}  // namespace lbdrain::yaml
