#include "runtime/cli_error.hpp"

#include <array>
#include <string>

#include "runtime/text.hpp"

namespace lbdrain::haproxy {
namespace {

struct Known {
    std::string_view begin;
    ErrorCode code;
};

constexpr std::array known{
    Known{"No such server.", ErrorCode::no_such_server},
    Known{"No such backend.", ErrorCode::no_such_backend},
    Known{"Can't find backend.", ErrorCode::no_such_backend},
    Known{"No such proxy.", ErrorCode::no_such_proxy},
    Known{"Permission denied", ErrorCode::permission_denied},
    Known{"Proxy is disabled.", ErrorCode::proxy_disabled},
    Known{"'set server <srv> state' expects", ErrorCode::bad_value},
    Known{"Absolute weight can only be between", ErrorCode::bad_value},
    Known{"Relative weight ", ErrorCode::bad_value},
    Known{"Trailing garbage in weight string", ErrorCode::bad_value},
    Known{"Backend is using a static LB algorithm", ErrorCode::bad_value},
    Known{"Require 'backend/server'.", ErrorCode::bad_name},
    Known{"agent checks are not enabled on this server.", ErrorCode::agent_disabled},
    Known{"Can't find the target PID matching the prefix", ErrorCode::no_such_process},
    Known{"Unknown command", ErrorCode::unknown_command},  // 2.6 ", but maybe", 3.x ": 'x', but"
};

std::string_view without_severity(std::string_view answer) {
    const bool marked =
        answer.size() >= 5 && answer[0] == '[' && answer[2] == ']' && answer.substr(3, 2) == ": ";
    return marked ? answer.substr(5) : answer;
}

std::string_view advice(ErrorCode code) {
    switch (code) {
        case ErrorCode::permission_denied:
            return " (the socket's level is too low: it needs `level admin`)";
        case ErrorCode::proxy_disabled:
            return " (a worker from before a reload answered)";
        default:
            return "";
    }
}

}  // namespace

std::optional<ErrorCode> refusal_in(std::string_view answer) {
    answer = without_severity(answer);
    for (const auto& entry : known) {
        if (answer.starts_with(entry.begin)) {
            return entry.code;
        }
    }
    return std::nullopt;
}

Error refusal(std::string_view answer, std::string_view command) {
    const auto code = refusal_in(answer).value_or(ErrorCode::refused_command);
    auto rest = answer;
    const auto line = take_line(rest).value_or("");
    return {code, "HAProxy answered " + excerpt(line, 200) + " to " + excerpt(command) +
                      std::string(advice(code))};
}

std::expected<void, Error> expect_silence(std::string_view answer, std::string_view command) {
    if (answer.find_first_not_of("\r\n") == std::string_view::npos) {
        return {};
    }
    return std::unexpected(refusal(answer, command));
}

}  // namespace lbdrain::haproxy
