#include "lbdrain/api/read_views.hpp"

#include <array>
#include <boost/json.hpp>
#include <ctime>

#include "object_reader.hpp"

namespace lbdrain::api {
namespace json = boost::json;
namespace {

// The value of an enum whose to_string() gives this word.
template <class Enum>
std::optional<Enum> parse_word(std::string_view word) {
    for (int value = 0; value < 256; ++value) {
        const auto candidate = static_cast<Enum>(value);
        const std::string_view name = to_string(candidate);
        if (name == "unknown") {
            break;
        }
        if (name == word) {
            return candidate;
        }
    }
    return std::nullopt;
}

template <class Enum>
void read_word(ObjectReader& object, std::string_view name, Enum& out) {
    std::string word;
    object.text(name, word);
    if (!object.fine()) {
        return;
    }
    if (const auto value = parse_word<Enum>(word)) {
        out = *value;
    } else {
        object.fail(name,
                    "is a word that is not known here: " + json::serialize(json::value(word)));
    }
}

void read_time(ObjectReader& object, std::string_view name, std::int64_t& out) {
    std::string text;
    object.text_or_null(name, text);
    if (!object.fine() || text.empty()) {
        return;
    }
    if (const auto time = read_rfc3339(text)) {
        out = *time;
    } else {
        object.fail(name, "must be a time as in 2026-01-31T12:00:00.250Z, or null");
    }
}

void read_optional(ObjectReader& object, std::string_view name, std::optional<bool>& out) {
    if (object.find(name, true) != nullptr) {
        object.flag(name, out.emplace());
    }
}

void read_sequence(ObjectReader& server, std::string& error, ServerView& out) {
    const auto* value = server.find("sequence");
    if (value == nullptr || value->is_null()) {
        return;
    }
    ObjectReader object(*value, server.path_of("sequence"), error);
    object.number("id", out.sequence_id);
    read_word(object, "goal", out.goal);
    object.text_or_null("waiting_for", out.waiting_for);
    read_time(object, "deadline", out.deadline_unix_ms);
    object.text_or_null("by", out.by);
    object.text_or_null("reason", out.reason);
}

void read_last(ObjectReader& server, std::string& error, ServerView& out) {
    const auto* value = server.find("last");
    if (value == nullptr || value->is_null()) {
        return;
    }
    ObjectReader object(*value, server.path_of("last"), error);
    object.number("id", out.last.id);
    read_word(object, "goal", out.last.goal);
    read_word(object, "outcome", out.last.outcome);
    read_time(object, "at", out.last_at_unix_ms);
    object.number("left_in_flight", out.last.left);
    std::string detail;
    object.text_or_null("detail", detail);
    out.last.text.assign(detail);
    std::string by;
    object.text_or_null("by", by);
    if (out.goal == Goal::none) {
        out.by = std::move(by);
    }
}

BalancerServerView balancer_server_of(const json::value& value, std::string path,
                                      std::string& error) {
    BalancerServerView view;
    ObjectReader object(value, std::move(path), error);
    object.text("name", view.name);
    object.flag("known", view.known);
    object.flag("complete", view.complete);
    object.flag("out", view.out);
    object.flag("in", view.in);
    object.flag("up", view.up);
    object.flag("by_hand", view.by_hand);
    object.number("in_flight", view.in_flight);
    object.number("queued", view.queued);
    object.text_or_null("obstacle", view.obstacle);
    return view;
}

ServerView server_of(const json::value& value, std::string path, std::string& error) {
    ServerView view;
    ObjectReader object(value, std::move(path), error);
    object.text("name", view.name);
    object.text("address", view.address);
    read_word(object, "state", view.state);
    object.number("in_flight", view.in_flight);
    object.number("queued", view.queued);
    read_optional(object, "complete", view.complete);
    read_optional(object, "out", view.out);
    object.number("weight", view.weight);
    object.flag("backup", view.backup);
    object.flag("configured_down", view.configured_down);
    object.text_or_null("held_by", view.held_by);
    object.flag("stop_hook", view.stop_hook);
    object.flag("start_hook", view.start_hook);
    read_time(object, "since", view.since_unix_ms);
    read_sequence(object, error, view);
    read_last(object, error, view);
    object.list("balancers", true, [&](const json::value& element, std::string at) {
        view.balancers.push_back(balancer_server_of(element, std::move(at), error));
    });
    return view;
}

ServiceView service_of(const json::value& value, std::string path, std::string& error) {
    ServiceView view;
    ObjectReader object(value, std::move(path), error);
    object.text("name", view.name);
    object.flag("managed", view.managed);
    if (!view.managed) {
        object.text("unmanaged_because", view.unmanaged_because);
    }
    object.number("min_ready", view.min_ready);
    object.list("servers", false, [&](const json::value& element, std::string at) {
        view.servers.push_back(server_of(element, std::move(at), error));
        view.servers.back().service = view.name;
    });
    return view;
}

BalancerView balancer_of(const json::value& value, std::string path, std::string& error) {
    BalancerView view;
    ObjectReader object(value, std::move(path), error);
    object.text("name", view.name);
    object.text("kind", view.kind);
    object.flag("reachable", view.reachable);
    object.text_or_null("error", view.error);
    object.text_or_null("version", view.version);
    object.number("workers", view.workers);
    object.number("stopping", view.stopping);
    object.text_or_null("counting", view.counting);
    object.list("warnings", false, [&](const json::value& element, const std::string& at) {
        if (const auto* text = element.if_string()) {
            view.warnings.emplace_back(text->data(), text->size());
        } else {
            error = "\"" + at + "\" must be a string";
        }
    });
    return view;
}

Problem problem_of(const json::value& value, std::string path, std::string& error) {
    Problem problem;
    ObjectReader object(value, std::move(path), error);
    std::string code;
    object.text("code", code);
    object.text("detail", problem.detail);
    for (int number = 0; number < 256; ++number) {
        const auto candidate = static_cast<ProblemCode>(number);
        if (to_string(candidate) == code) {
            problem.code = candidate;
            return problem;
        }
    }
    problem.detail = code + ": " + problem.detail;
    return problem;
}

template <class Read>
auto read(std::string_view text, Read&& take)
    -> std::expected<decltype(take(json::value(), std::string(), std::declval<std::string&>())),
                     std::string> {
    json::error_code code;
    const json::value value = json::parse({text.data(), text.size()}, code);
    if (code) {
        return std::unexpected("it is not valid JSON: " + code.message());
    }
    std::string error;
    auto result = take(value, std::string(), error);
    if (!error.empty()) {
        return std::unexpected(std::move(error));
    }
    return result;
}

EventLine event_of(const json::value& value, const std::string& path, std::string& error) {
    EventLine line;
    ObjectReader object(value, path, error);
    object.text("event", line.event);
    const bool known = line.event == "progress" || line.event == "done" || line.event == "failed" ||
                       line.event == "state" || line.event == "changed";
    if (known || object.find("service", true) != nullptr) {
        object.text("service", line.server.service);
    }
    if (known || line.event == "interrupted") {
        if (const auto* server = object.find("server", !known)) {
            std::string service = std::move(line.server.service);
            line.server = server_of(*server, "server", error);
            line.server.service = std::move(service);
            line.has_server = true;
        }
    } else if (const auto* server = object.find("server", true)) {
        ObjectReader(*server, "server", error).text("name", line.server.name);
    }
    const auto* problem = object.find("problem", line.event != "failed");
    if (problem != nullptr) {
        line.problem = problem_of(*problem, "problem", error);
    }
    return line;
}

bool digits_at(std::string_view text, std::size_t at, std::size_t count, int& out) {
    out = 0;
    for (std::size_t i = at; i < at + count; ++i) {
        if (text[i] < '0' || text[i] > '9') {
            return false;
        }
        out = out * 10 + (text[i] - '0');
    }
    return true;
}

}  // namespace

std::expected<ServerView, std::string> read_server(std::string_view text) {
    return read(text, server_of);
}

std::expected<StatusView, std::string> read_status(std::string_view text) {
    return read(text, [](const json::value& value, std::string path, std::string& error) {
        StatusView view;
        ObjectReader object(value, std::move(path), error);
        object.text("program", view.program);
        object.text("version", view.version);
        object.text("balancer", view.balancer_version);
        object.flag("writable", view.writable);
        object.number("workers", view.workers);
        object.list("balancers", true, [&](const json::value& element, std::string at) {
            view.balancers.push_back(balancer_of(element, std::move(at), error));
        });
        object.list("services", false, [&](const json::value& element, std::string at) {
            view.services.push_back(service_of(element, std::move(at), error));
        });
        return view;
    });
}

std::expected<Problem, std::string> read_problem(std::string_view text) {
    return read(text, problem_of);
}

std::expected<EventLine, std::string> read_event(std::string_view line) {
    return read(line, event_of);
}

std::optional<std::int64_t> read_rfc3339(std::string_view text) {
    constexpr std::string_view form = "0000-00-00T00:00:00.000Z";
    std::tm utc{};
    int millis = 0;
    if (text.size() != form.size() || !digits_at(text, 0, 4, utc.tm_year) || text[4] != '-' ||
        !digits_at(text, 5, 2, utc.tm_mon) || text[7] != '-' ||
        !digits_at(text, 8, 2, utc.tm_mday) || text[10] != 'T' ||
        !digits_at(text, 11, 2, utc.tm_hour) || text[13] != ':' ||
        !digits_at(text, 14, 2, utc.tm_min) || text[16] != ':' ||
        !digits_at(text, 17, 2, utc.tm_sec) || text[19] != '.' || !digits_at(text, 20, 3, millis) ||
        text[23] != 'Z') {
        return std::nullopt;
    }
    utc.tm_year -= 1900;
    utc.tm_mon -= 1;
    const std::int64_t time = std::int64_t{timegm(&utc)} * 1000 + millis;
    // timegm() takes the 31st of February for the 3rd of March.
    return rfc3339(time) == text ? std::optional(time) : std::nullopt;
}

}  // namespace lbdrain::api
