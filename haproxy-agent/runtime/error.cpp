#include "runtime/error.hpp"

namespace lbdrain::haproxy {

std::string_view to_string(ErrorCode code) {
    switch (code) {
        case ErrorCode::bad_endpoint:
            return "bad_endpoint";
        case ErrorCode::bad_name:
            return "bad_name";
        case ErrorCode::no_such_socket:
            return "no_such_socket";
        case ErrorCode::not_resolved:
            return "not_resolved";
        case ErrorCode::refused:
            return "refused";
        case ErrorCode::permission:
            return "permission";
        case ErrorCode::connection_failed:
            return "connection_failed";
        case ErrorCode::timeout:
            return "timeout";
        case ErrorCode::closed_early:
            return "closed_early";
        case ErrorCode::too_big:
            return "too_big";
        case ErrorCode::bad_reply:
            return "bad_reply";
        case ErrorCode::no_such_server:
            return "no_such_server";
        case ErrorCode::no_such_backend:
            return "no_such_backend";
        case ErrorCode::no_such_proxy:
            return "no_such_proxy";
        case ErrorCode::permission_denied:
            return "permission_denied";
        case ErrorCode::proxy_disabled:
            return "proxy_disabled";
        case ErrorCode::bad_value:
            return "bad_value";
        case ErrorCode::agent_disabled:
            return "agent_disabled";
        case ErrorCode::no_such_process:
            return "no_such_process";
        case ErrorCode::unknown_command:
            return "unknown_command";
        case ErrorCode::refused_command:
            return "refused_command";
        case ErrorCode::not_confirmed:
            return "not_confirmed";
        case ErrorCode::generation_changed:
            return "generation_changed";
    }
    return "unknown";
}

bool is_transient(ErrorCode code) {
    return code == ErrorCode::refused || code == ErrorCode::closed_early ||
           code == ErrorCode::no_such_process || code == ErrorCode::generation_changed;
}

}  // namespace lbdrain::haproxy
