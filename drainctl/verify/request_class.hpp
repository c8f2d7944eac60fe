// What became of a request: one class each, nothing between them. Pure values.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

namespace lbdrain::ctl {

enum class RequestClass : std::uint8_t {
    ok,
    refused,               // no connection: refused, unreachable, name unknown
    connect_timeout,       // no connection within --connect-timeout
    tls,                   // handshake or certificate
    reset_before_headers,  // sent, and the connection ended without a response
    http_status,           // anything but 2xx
    truncated,             // a 2xx whose body ended by a reset, or before its announced end
    no_done,               // a regular end without [DONE]
    error_event,           // an error object in a 2xx: an SSE event or the JSON body
    finish_missing,        // [DONE], but a choice without finish_reason
    finish_abort,          // finish_reason "abort": the engine gave the request up
    finish_error,          // finish_reason "error", or one that no engine is known to send
    stall_before_first,    // no byte for --stall, and none of the body so far
    stall_after_first,     // no byte for --stall within the body
    malformed,             // not HTTP, not SSE, not JSON, or not a completion
    gap,                   // numbered tokens that are not consecutive, or too few of them
    too_long,              // bytes came, but no end within --max-time
    other,                 // whatever libcurl calls it: a failure all the same
};

inline constexpr std::size_t request_classes = 18;

// "reset_before_headers": in JSON and in tables.
std::string_view to_string(RequestClass value) noexcept;
// One sentence for people who meet it in a report.
std::string_view meaning(RequestClass value) noexcept;

// A class with what is known besides: "unexpected end after 17 tokens". The detail may hold text of
// the server; it is short.
struct Judgement {
    RequestClass what = RequestClass::ok;
    std::string detail;
};

}  // namespace lbdrain::ctl
