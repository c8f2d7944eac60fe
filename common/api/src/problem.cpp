#include "lbdrain/api/problem.hpp"

#include <array>
#include <boost/json.hpp>

#include "lbdrain/utf8.hpp"

namespace lbdrain::api {
namespace {

struct Entry {
    ProblemCode code;
    std::string_view name;
    int status;
    std::string_view title;
};

constexpr std::array entries{
    Entry{ProblemCode::unknown_service, "unknown_service", 404, "No such service"},
    Entry{ProblemCode::unknown_server, "unknown_server", 404, "No such server in the service"},
    Entry{ProblemCode::last_ready_server, "last_ready_server", 409,
          "The last ready server is not taken out"},
    Entry{ProblemCode::min_ready, "min_ready", 409, "Too few servers would stay ready"},
    Entry{ProblemCode::sequence_running, "sequence_running", 409,
          "Another sequence is running on this server"},
    Entry{ProblemCode::drain_timeout, "drain_timeout", 504,
          "The drain deadline passed, the server was put back"},
    Entry{ProblemCode::stop_failed, "stop_failed", 502, "The stop hook failed"},
    Entry{ProblemCode::not_ready, "not_ready", 502, "The server did not become ready"},
    Entry{ProblemCode::cancelled, "cancelled", 409, "Another command ended the sequence"},
    Entry{ProblemCode::unsupported_upstream, "unsupported_upstream", 409,
          "This service is not managed"},
    Entry{ProblemCode::bad_request, "bad_request", 400, "The request is not valid"},
    Entry{ProblemCode::read_only, "read_only", 403, "This API is read-only"},
    Entry{ProblemCode::locked, "locked", 423, "Locked by another"},
    Entry{ProblemCode::balancer_unreachable, "balancer_unreachable", 503,
          "A balancer cannot be reached"},
    Entry{ProblemCode::interrupted, "interrupted", 503,
          "This server goes away, the sequence goes on; ask again"},
    Entry{ProblemCode::overloaded, "overloaded", 503, "Too many connections; ask again"},
    Entry{ProblemCode::not_found, "not_found", 404, "No such path in the drain API"},
    Entry{ProblemCode::method_not_allowed, "method_not_allowed", 405,
          "The method is not allowed here"},
    Entry{ProblemCode::internal, "internal", 500, "Internal error"},
};

const Entry& find(ProblemCode code) noexcept {
    for (const Entry& entry : entries) {
        if (entry.code == code) {
            return entry;
        }
    }
    return entries.back();
}

}  // namespace

std::string_view to_string(ProblemCode code) noexcept {
    return find(code).name;
}

int http_status(ProblemCode code) noexcept {
    return find(code).status;
}

std::string to_json(const Problem& problem) {
    const Entry& entry = find(problem.code);
    boost::json::object body;
    body["type"] = "about:blank";
    body["title"] = entry.title;
    body["status"] = entry.status;
    body["code"] = entry.name;
    body["detail"] = to_utf8(problem.detail);
    return boost::json::serialize(body) + "\n";
}

}  // namespace lbdrain::api
