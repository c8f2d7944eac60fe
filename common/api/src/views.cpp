#include "lbdrain/api/views.hpp"

#include <array>
#include <boost/json.hpp>
#include <cstdio>
#include <ctime>

#include "lbdrain/utf8.hpp"

namespace lbdrain::api {
namespace json = boost::json;
namespace {

json::value text_or_null(const std::string& text) {
    return text.empty() ? json::value(nullptr) : json::value(to_utf8(text));
}

json::value time_or_null(std::int64_t unix_ms) {
    return unix_ms == 0 ? json::value(nullptr) : json::value(rfc3339(unix_ms));
}

json::value sequence_of(const ServerView& view) {
    if (view.goal == Goal::none) {
        return nullptr;
    }
    json::object out;
    out["id"] = view.sequence_id;
    out["goal"] = to_string(view.goal);
    out["phase"] = to_string(view.state);
    out["waiting_for"] = text_or_null(view.waiting_for);
    out["deadline"] = time_or_null(view.deadline_unix_ms);
    out["by"] = text_or_null(view.by);
    out["reason"] = text_or_null(view.reason);
    return out;
}

json::value last_of(const ServerView& view) {
    if (view.last.outcome == Outcome::none) {
        return nullptr;
    }
    json::object out;
    out["id"] = view.last.id;
    out["goal"] = to_string(view.last.goal);
    out["outcome"] = to_string(view.last.outcome);
    out["at"] = time_or_null(view.last_at_unix_ms);
    out["left_in_flight"] = view.last.left;
    out["detail"] = text_or_null(std::string(view.last.text.view()));
    // Whoever commands next takes its place.
    out["by"] = view.goal == Goal::none ? text_or_null(view.by) : json::value(nullptr);
    return out;
}

json::object object_of(const BalancerServerView& view) {
    json::object out;
    out["name"] = to_utf8(view.name);
    out["known"] = view.known;
    out["complete"] = view.complete;
    out["out"] = view.out;
    out["in"] = view.in;
    out["up"] = view.up;
    out["by_hand"] = view.by_hand;
    out["in_flight"] = view.in_flight;
    out["queued"] = view.queued;
    out["obstacle"] = text_or_null(view.obstacle);
    return out;
}

json::object object_of(const BalancerView& view) {
    json::object out;
    out["name"] = to_utf8(view.name);
    out["kind"] = to_utf8(view.kind);
    out["reachable"] = view.reachable;
    out["error"] = text_or_null(view.error);
    out["version"] = text_or_null(view.version);
    out["workers"] = view.workers;
    out["stopping"] = view.stopping;
    out["counting"] = text_or_null(view.counting);
    json::array warnings;
    for (const std::string& warning : view.warnings) {
        warnings.emplace_back(to_utf8(warning));
    }
    out["warnings"] = std::move(warnings);
    return out;
}

// Members that only an agent has are left out where there are none.
template <class View>
void add_balancers(json::object& out, const std::vector<View>& balancers) {
    if (balancers.empty()) {
        return;
    }
    json::array list;
    for (const View& balancer : balancers) {
        list.push_back(object_of(balancer));
    }
    out["balancers"] = std::move(list);
}

json::object object_of(const ServerView& view) {
    json::object out;
    out["name"] = to_utf8(view.name);
    out["address"] = to_utf8(view.address);
    out["state"] = to_string(view.state);
    out["in_flight"] = view.in_flight;
    out["queued"] = view.queued;
    if (view.complete) {
        out["complete"] = *view.complete;
    }
    if (view.out) {
        out["out"] = *view.out;
    }
    out["weight"] = view.weight;
    out["backup"] = view.backup;
    out["configured_down"] = view.configured_down;
    out["held_by"] = text_or_null(view.held_by);
    out["stop_hook"] = view.stop_hook;
    out["start_hook"] = view.start_hook;
    out["since"] = time_or_null(view.since_unix_ms);
    out["sequence"] = sequence_of(view);
    out["last"] = last_of(view);
    add_balancers(out, view.balancers);
    return out;
}

json::object object_of(const ServiceView& view) {
    json::object out;
    out["name"] = to_utf8(view.name);
    out["managed"] = view.managed;
    if (!view.managed) {
        out["unmanaged_because"] = to_utf8(view.unmanaged_because);
    }
    out["min_ready"] = view.min_ready;
    json::array servers;
    for (const ServerView& server : view.servers) {
        servers.push_back(object_of(server));
    }
    out["servers"] = std::move(servers);
    return out;
}

}  // namespace

std::string to_json(const ServerView& view) {
    return json::serialize(object_of(view)) + "\n";
}

std::string to_json(const StatusView& view) {
    json::object out;
    out["program"] = to_utf8(view.program);
    out["version"] = to_utf8(view.version);
    out["api"] = "v1";
    out["balancer"] = to_utf8(view.balancer_version);
    out["writable"] = view.writable;
    out["workers"] = view.workers;
    add_balancers(out, view.balancers);
    json::array services;
    for (const ServiceView& service : view.services) {
        services.push_back(object_of(service));
    }
    out["services"] = std::move(services);
    return json::serialize(out) + "\n";
}

std::string progress_line(const char* event, const ServerView& view) {
    json::object out;
    out["event"] = event;
    out["service"] = to_utf8(view.service);
    out["server"] = object_of(view);
    return json::serialize(out) + "\n";
}

std::string rfc3339(std::int64_t unix_ms) {
    const std::int64_t millis = (unix_ms % 1000 + 1000) % 1000;
    const auto seconds = static_cast<std::time_t>((unix_ms - millis) / 1000);
    std::tm utc{};
    gmtime_r(&seconds, &utc);
    std::array<char, 64> text{};
    std::snprintf(text.data(), text.size(), "%04d-%02d-%02dT%02d:%02d:%02d.%03dZ",
                  utc.tm_year + 1900, utc.tm_mon + 1, utc.tm_mday, utc.tm_hour, utc.tm_min,
                  utc.tm_sec, static_cast<int>(millis));
    return text.data();
}

}  // namespace lbdrain::api
