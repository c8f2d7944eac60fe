// Errors of the drain API: RFC 9457 problem details with a stable `code`.
#pragma once

#include <string>
#include <string_view>

#include "lbdrain/api/media_type.hpp"

namespace lbdrain::api {

enum class ProblemCode {
    unknown_service,
    unknown_server,
    last_ready_server,
    min_ready,
    sequence_running,
    drain_timeout,
    stop_failed,
    not_ready,
    cancelled,  // another command ended the sequence that was waited for
    unsupported_upstream,
    bad_request,
    read_only,
    locked,
    balancer_unreachable,
    interrupted,         // the server of this API goes away, the sequence goes on: ask again
    overloaded,          // too many connections; nothing was taken
    not_found,           // no such path in the API
    method_not_allowed,  // the path exists, the method does not
    internal,
};

struct Problem {
    ProblemCode code = ProblemCode::internal;
    std::string detail;
};

std::string_view to_string(ProblemCode code) noexcept;
int http_status(ProblemCode code) noexcept;

// The body, of problem_media_type, ended by a newline.
std::string to_json(const Problem& problem);

}  // namespace lbdrain::api
