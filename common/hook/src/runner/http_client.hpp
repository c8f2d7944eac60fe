// One HTTP request at a time, through libcurl.
#pragma once

#include <cstddef>
#include <expected>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "runner/run.hpp"

namespace lbdrain::hook {

struct HttpRequest {
    HttpRequest(std::string method_name, std::string target)
        : method(std::move(method_name)), url(std::move(target)) {}

    std::string method;
    std::string url;
    std::string unix_socket;
    std::vector<std::string> headers;
    std::string body;
    std::size_t keep = 1024;  // so many bytes of the reply's body are kept, the rest is read only
};

struct HttpReply {
    int status = 0;
    std::string body;
};

struct HttpFailure {
    std::string text;           // "connection refused"
    bool nothing_sent = false;  // no byte of the request can have arrived
};

/// Sends the request on a connection of its own and reads the whole reply, until `until` or an
/// interrupt. No proxy, no redirect, nothing sent twice. One thread.
std::expected<HttpReply, HttpFailure> send_request(Run& run, const HttpRequest& request,
                                                   TimePoint until);

/// `url` fit for messages: without user, password and query.
std::string shown_url(std::string_view url);

/// Scheme, host and port of `url`: what a path is put behind.
std::string origin_of(std::string_view url);

}  // namespace lbdrain::hook
