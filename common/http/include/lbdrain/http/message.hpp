// An HTTP request, and what came of it. Plain values.
#pragma once

#include <chrono>
#include <cstddef>
#include <expected>
#include <string>
#include <utility>
#include <vector>

namespace lbdrain::http {

using Clock = std::chrono::steady_clock;
using TimePoint = Clock::time_point;

struct Request {
    Request(std::string method_name, std::string target)
        : method(std::move(method_name)), url(std::move(target)) {}

    std::string method;
    std::string url;
    std::string unix_socket;  // connect there, whatever the URL's host is
    std::vector<std::string> headers;
    std::string body;
    std::size_t keep = 1024;  // so many bytes of the reply's body are kept
    bool must_fit = false;    // a longer body is a failure; else its rest is read and dropped
    std::string ca_file;      // for https; empty: the system's
    std::string cert_file;    // for https: a client certificate, PEM, and its key
    std::string key_file;
    std::string user_agent = "lbdrain";
};

struct Reply {
    int status = 0;
    std::string body;
};

struct Failure {
    std::string text;           // "connection refused"
    bool nothing_sent = false;  // no byte of the request can have arrived
};

using Result = std::expected<Reply, Failure>;

}  // namespace lbdrain::http
