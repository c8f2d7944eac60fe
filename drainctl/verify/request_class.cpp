#include "verify/request_class.hpp"

#include <array>

namespace lbdrain::ctl {
namespace {

struct Words {
    std::string_view name;
    std::string_view meaning;
};

constexpr std::array<Words, request_classes> words = {{
    {"ok", "200, whole, with a good finish_reason"},
    {"refused", "no connection could be made"},
    {"connect_timeout", "no connection was made in time"},
    {"tls", "the TLS handshake or the certificate failed"},
    {"reset_before_headers", "the request was sent and the connection ended without a response"},
    {"http_status", "an HTTP status that is no success"},
    {"truncated", "200, but the body was cut off"},
    {"no_done", "200 and a regular end, but no [DONE]: cut off where HTTP cannot tell"},
    {"error_event", "200, but an error object in the answer"},
    {"finish_missing", "[DONE], but no finish_reason: the engine never said it was finished"},
    {"finish_abort", "finish_reason \"abort\": the engine gave the request up"},
    {"finish_error", "finish_reason \"error\", or one that is not known"},
    {"stall_before_first", "no byte came for too long, before the first of the answer"},
    {"stall_after_first", "no byte came for too long, within the answer"},
    {"malformed", "the answer is not what it claims to be: HTTP, SSE, JSON or a completion"},
    {"gap", "numbered tokens are missing, doubled or out of order"},
    {"too_long", "bytes came, but no end in time"},
    {"other", "failed in another way"},
}};

}  // namespace

std::string_view to_string(RequestClass value) noexcept {
    return words.at(static_cast<std::size_t>(value)).name;
}

std::string_view meaning(RequestClass value) noexcept {
    return words.at(static_cast<std::size_t>(value)).meaning;
}

}  // namespace lbdrain::ctl
