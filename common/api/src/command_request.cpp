#include "lbdrain/api/command_request.hpp"

#include <array>
#include <boost/json.hpp>
#include <cmath>
#include <cstddef>
#include <set>

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

struct Member {
    std::string_view name;
    bool (*fits)(Action);
    Failure (*read)(const json::value&, Action, CommandRequest&);
};

bool fits_all(Action) {
    return true;
}

constexpr std::array table{
    Member{"wait", fits_all,
           [](const json::value& v, Action, CommandRequest& out) { return read(v, out.wait); }},
    Member{"timeout_s", takes_traffic_away,
           [](const json::value& v, Action, CommandRequest& out) {
               return read_seconds(v, out.timeout_ms);
           }},
    Member{"settle_s", takes_traffic_away,
           [](const json::value& v, Action, CommandRequest& out) {
               return read_seconds(v, out.settle_ms);
           }},
    Member{"on_timeout", takes_traffic_away,
           [](const json::value& v, Action action, CommandRequest& out) {
               return read_on_timeout(v, action, out.on_timeout);
           }},
    Member{"check", [](Action action) { return action == Action::ready; },
           [](const json::value& v, Action, CommandRequest& out) {
               return read(v, out.check.emplace());
           }},
    Member{"force", fits_all,
           [](const json::value& v, Action, CommandRequest& out) { return read(v, out.force); }},
    Member{"reason", fits_all,
           [](const json::value& v, Action, CommandRequest& out) {
               return read_text(v, 192, out.reason);
           }},
    Member{
        "by", fits_all,
        [](const json::value& v, Action, CommandRequest& out) { return read_text(v, 64, out.by); }},
};

const Member* find_member(std::string_view name, Action action) {
    for (const Member& member : table) {
        if (member.name == name && member.fits(action)) {
            return &member;
        }
    }
    return nullptr;
}

std::string unknown_member(const std::string& name, Action action) {
    std::string text = "unknown member \"" + name + "\" for " + std::string(to_string(action));
    const char* separator = "; there are ";
    for (const std::string_view known : members(action)) {
        text += separator;
        text += known;
        separator = ", ";
    }
    return text;
}

// Boost.JSON keeps the last of several members with one name; a command that says two things is
// refused instead. `body` is valid JSON with an object at the top.
std::optional<std::string> repeated_member(std::string_view body) {
    std::set<std::string> names;
    std::size_t string_begin = 0;
    std::size_t string_end = 0;
    int depth = 0;
    for (std::size_t i = 0; i < body.size(); ++i) {
        const char c = body[i];
        if (c == '"') {
            string_begin = i++;
            while (body[i] != '"') {
                i += body[i] == '\\' ? 2 : 1;
            }
            string_end = i + 1;
        } else if (c == '{' || c == '[') {
            ++depth;
        } else if (c == '}' || c == ']') {
            --depth;
        } else if (c == ':' && depth == 1) {
            const auto token = body.substr(string_begin, string_end - string_begin);
            const json::value parsed = json::parse({token.data(), token.size()});
            std::string name(parsed.get_string().data(), parsed.get_string().size());
            if (!names.insert(name).second) {
                return name;
            }
        }
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

std::vector<std::string_view> members(Action action) {
    std::vector<std::string_view> names;
    for (const Member& member : table) {
        if (member.fits(action)) {
            names.push_back(member.name);
        }
    }
    return names;
}

std::expected<CommandRequest, Problem> parse_command_request(std::string_view body, Action action) {
    CommandRequest request;
    if (body.size() > defaults::request_body_limit) {
        return bad("the body is larger than 16 KiB");
    }
    if (body.find_first_not_of(" \t\r\n") == std::string_view::npos) {
        return request;
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
    if (const auto name = repeated_member(body)) {
        return bad("\"" + *name + "\" stands there twice");
    }
    for (const auto& entry : *object) {
        const std::string name(entry.key().data(), entry.key().size());
        const Member* member = find_member(name, action);
        if (member == nullptr) {
            return bad(unknown_member(name, action));
        }
        if (const Failure failure = member->read(entry.value(), action, request)) {
            return bad("\"" + name + "\" " + *failure);
        }
    }
    if (request.force && request.reason.find_first_not_of(' ') == std::string::npos) {
        return bad("\"force\" needs a \"reason\", which is recorded");
    }
    return request;
}

}  // namespace lbdrain::api
