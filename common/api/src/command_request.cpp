#include "lbdrain/api/command_request.hpp"

#include <array>
#include <boost/json.hpp>
#include <cmath>

#include "lbdrain/defaults.hpp"

namespace lbdrain::api {
namespace json = boost::json;
namespace {

constexpr std::array actions{Action::drain,   Action::stop,  Action::start,
                             Action::restart, Action::ready, Action::down};

constexpr double longest_seconds = 7.0 * 24 * 3600;

using Failure = std::optional<std::string>;  // what is wrong, or nothing

bool takes_traffic_away(Action action) {
    return action == Action::drain || action == Action::stop || action == Action::restart;
}

Failure read(const json::value& value, bool& out) {
    if (!value.is_bool()) {
        return "must be true or false";
    }
    out = value.get_bool();
    return {};
}

Failure read_seconds(const json::value& value, std::optional<std::int64_t>& out_ms) {
    json::error_code error;
    const auto seconds = value.to_number<double>(error);
    if (error || !std::isfinite(seconds) || seconds < 0 || seconds > longest_seconds) {
        return "must be a number of seconds from 0 to 604800";
    }
    out_ms = std::llround(seconds * 1000);
    return {};
}

Failure read_text(const json::value& value, std::size_t limit, std::string& out) {
    if (!value.is_string() || value.get_string().size() > limit) {
        return "must be a string of at most " + std::to_string(limit) + " bytes";
    }
    const json::string& text = value.get_string();
    for (const char c : text) {
        if (static_cast<unsigned char>(c) < 0x20 || c == 0x7F) {
            return "must not contain control characters";
        }
    }
    out.assign(text.data(), text.size());
    return {};
}

Failure read_on_timeout(const json::value& value, Action action, std::optional<OnTimeout>& out) {
    if (value.is_string()) {
        out = parse_on_timeout(value.get_string());
    }
    if (!out) {
        return "must be \"readmit\", \"stop\" or \"wait\"";
    }
    if (*out == OnTimeout::stop && action == Action::drain) {
        return "\"stop\" is for stop and restart; a drain has nothing to stop";
    }
    return {};
}

// nullopt: the action has no such member.
std::optional<Failure> read_member(std::string_view name, const json::value& value, Action action,
                                   CommandRequest& out) {
    if (name == "wait") {
        return read(value, out.wait);
    }
    if (name == "force") {
        return read(value, out.force);
    }
    if (name == "reason") {
        return read_text(value, 192, out.reason);
    }
    if (name == "by") {
        return read_text(value, 64, out.by);
    }
    if (takes_traffic_away(action)) {
        if (name == "timeout_s") {
            return read_seconds(value, out.timeout_ms);
        }
        if (name == "settle_s") {
            return read_seconds(value, out.settle_ms);
        }
        if (name == "on_timeout") {
            return read_on_timeout(value, action, out.on_timeout);
        }
    }
    if (action == Action::ready && name == "check") {
        bool check = false;
        auto failure = read(value, check);
        out.check = check;
        return failure;
    }
    return std::nullopt;
}

std::unexpected<Problem> bad(std::string detail) {
    return std::unexpected(Problem{ProblemCode::bad_request, std::move(detail)});
}

}  // namespace

std::string_view to_string(Action action) noexcept {
    switch (action) {
        case Action::drain:
            return "drain";
        case Action::stop:
            return "stop";
        case Action::start:
            return "start";
        case Action::restart:
            return "restart";
        case Action::ready:
            return "ready";
        case Action::down:
            return "down";
    }
    return "unknown";
}

std::optional<Action> parse_action(std::string_view word) noexcept {
    for (const Action action : actions) {
        if (word == to_string(action)) {
            return action;
        }
    }
    return std::nullopt;
}

std::expected<CommandRequest, Problem> parse_command_request(std::string_view body, Action action) {
    CommandRequest request;
    if (body.find_first_not_of(" \t\r\n") == std::string_view::npos) {
        return request;
    }
    if (body.size() > defaults::request_body_limit) {
        return bad("the body is larger than 16 KiB");
    }
    json::error_code error;
    json::parse_options options;
    options.max_depth = 4;
    const json::value value = json::parse({body.data(), body.size()}, error, {}, options);
    if (error) {
        return bad("the body is not valid JSON: " + error.message());
    }
    const json::object* object = value.if_object();
    if (object == nullptr) {
        return bad("the body must be a JSON object");
    }
    for (const auto& member : *object) {
        const std::string name(member.key().data(), member.key().size());
        const auto failure = read_member(name, member.value(), action, request);
        if (!failure) {
            return bad("unknown member \"" + name + "\" for " + std::string(to_string(action)));
        }
        if (*failure) {
            return bad("\"" + name + "\" " + **failure);
        }
    }
    if (request.force && request.reason.empty()) {
        return bad("\"force\" needs a \"reason\", which is recorded");
    }
    return request;
}

}  // namespace lbdrain::api
