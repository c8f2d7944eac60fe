// Where a drain API is, and what it takes to be let in. Plain values.
#pragma once

#include <expected>
#include <string>
#include <string_view>

namespace lbdrain::client {

struct Endpoint {
    std::string url;          // without a slash at its end: "http://10.0.0.2:8081/drain"
    std::string unix_socket;  // connect there; the URL's host is only said
    std::string token_file;   // a bearer token, read for each request; empty: none
    std::string ca_file;      // for https; empty: the system's
    std::string cert_file;    // for https: a client certificate and its key
    std::string key_file;
};

// "unix:/run/lbdrain/agent.sock", "http://10.0.0.2:8081/drain" or https. The error goes on with a
// sentence that began with the text: "is no ...".
std::expected<Endpoint, std::string> parse_endpoint(std::string_view text);

// Fit for messages: "unix:/run/lbdrain/agent.sock", or the URL without secrets.
std::string shown(const Endpoint& endpoint);

}  // namespace lbdrain::client
