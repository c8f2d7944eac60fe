#include "output/status_table.hpp"

#include <algorithm>
#include <boost/json.hpp>

#include "lbdrain/utf8.hpp"
#include "lbdrain/waiting_for.hpp"
#include "output/table.hpp"

namespace lbdrain::ctl {
namespace json = boost::json;
namespace {

Style style_of(ServerState state) {
    switch (state) {
        case ServerState::ready:
            return Style::good;
        case ServerState::failed:
        case ServerState::down:
            return Style::bad;
        default:
            return Style::warning;
    }
}

bool shown(const std::vector<ServerSpec>& only, const FleetServer& server) {
    return only.empty() || std::ranges::any_of(only, [&](const ServerSpec& spec) {
               return spec.service == server.name.service &&
                      (spec.server.empty() || server.is_called(spec.server));
           });
}

// "drained", or "draining (edge-1: ready)" where targets disagree.
std::string state_text(const Fleet& fleet, const FleetServer& server, const Summary& sum) {
    std::string text(to_string(sum.state));
    if (sum.agreed) {
        return text;
    }
    std::string others;
    for (const Place& place : server.places) {
        if (place.view.state != sum.state) {
            others += (others.empty() ? "" : ", ") + fleet.targets[place.target].name + ": " +
                      std::string(to_string(place.view.state));
        }
    }
    return text + " (" + others + ")";
}

std::string weight_text(const FleetServer& server) {
    std::string text;
    bool same = true;
    for (const Place& place : server.places) {
        const std::string weight = std::to_string(place.view.weight);
        same = same && place.view.weight == server.places.front().view.weight;
        text += (text.empty() ? "" : "/") + weight;
    }
    return same ? std::to_string(server.places.front().view.weight) : text;
}

std::string since_text(const FleetServer& server, std::int64_t now) {
    std::int64_t since = 0;
    for (const Place& place : server.places) {
        since = std::max(since, place.view.since_unix_ms);
    }
    return since == 0 ? std::string() : duration_text(std::max<std::int64_t>(0, now - since));
}

// What is waited for, or what a person should know of it.
// Of one target, without whose doing it is.
std::string remark_of(const api::ServerView& view) {
    std::string text = view.waiting_for;
    if (view.goal == Goal::none) {
        if (!view.held_by.empty()) {
            text = "held by the sequence of " + view.held_by;
        } else if (view.state == ServerState::failed) {
            text = std::string(view.last.text.view());
        } else if (view.configured_down) {
            text = "down in the balancer's own configuration";
        }
    }
    for (const api::BalancerServerView& balancer : view.balancers) {
        if (balancer.by_hand) {
            text += (text.empty() ? "" : "; ") + balancer.name + ": taken out by hand";
        }
    }
    return text;
}

// "drained by alice@host: new kernel"; empty where nobody's doing matters.
std::string doing_of(const api::ServerView& view) {
    if (view.by.empty() || (view.goal == Goal::none && in_rotation(view.state))) {
        return "";
    }
    const std::string what =
        view.goal == Goal::none ? "" : "to be " + std::string(to_string(view.goal)) + ", ";
    return what + "by " + view.by + (view.reason.empty() ? "" : ": " + view.reason);
}

// What is waited for, or what a person should know of it; what all targets say is said once.
std::string remark(const Fleet& fleet, const FleetServer& server, const Summary& sum) {
    std::vector<std::string> parts;
    const auto add = [&](const Place& place, const std::string& one, bool common) {
        const std::string text = common || server.places.size() == 1
                                     ? one
                                     : fleet.targets[place.target].name + ": " + one;
        if (!one.empty() && std::ranges::find(parts, text) == parts.end()) {
            parts.push_back(text);
        }
    };
    const auto same = [&](auto&& of) {
        return std::ranges::all_of(server.places, [&](const Place& place) {
            return of(place.view) == of(server.places.front().view);
        });
    };
    for (const Place& place : server.places) {
        add(place, remark_of(place.view), same(remark_of));
    }
    for (const Place& place : server.places) {
        add(place, doing_of(place.view), same(doing_of));
    }
    if (!sum.complete) {
        parts.emplace_back("not every process could be counted");
    }
    std::string text;
    for (const std::string& part : parts) {
        text += (text.empty() ? "" : " | ") + part;
    }
    return harmless(text);
}

json::object target_json(const FleetTarget& target) {
    json::object out{{"name", to_utf8(target.name)}, {"endpoint", to_utf8(target.shown)}};
    out["reachable"] = !target.error.has_value();
    out["error"] = target.error ? json::value(to_utf8(target.error->text)) : json::value(nullptr);
    if (!target.error) {
        const json::value status = json::parse(to_json(target.status));
        for (const auto& [key, value] : status.as_object()) {
            if (key != "services") {
                out[key] = value;
            }
        }
    }
    return out;
}

json::object server_json(const Fleet& fleet, const FleetServer& server) {
    const Summary sum = summarize(server);
    json::object out{{"name", to_utf8(server.name.server)}, {"address", to_utf8(server.address)}};
    out["state"] = to_string(sum.state);
    out["agreed"] = sum.agreed;
    out["complete"] = sum.complete;
    out["in_flight"] = sum.in_flight;
    out["queued"] = sum.queued;
    json::array targets;
    for (const Place& place : server.places) {
        targets.push_back(json::object{{"target", to_utf8(fleet.targets[place.target].name)},
                                       {"service", to_utf8(place.there.service)},
                                       {"server", json::parse(to_json(place.view))}});
    }
    out["targets"] = std::move(targets);
    return out;
}

}  // namespace

std::string advice(const FleetTarget& target) {
    const std::string& text = target.error->text;
    const bool socket = target.shown.starts_with("unix:");
    const auto says = [&](std::string_view what) { return text.find(what) != std::string::npos; };
    if (socket && (says("no such file") || says("No such file"))) {
        return "is drain-agent running? `systemctl status drain-agent`; its `listen: api:` in "
               "agent.yaml says where it listens";
    }
    if (socket && says("connection refused")) {
        return "nobody listens on it any longer: `systemctl status drain-agent`";
    }
    if (says("permission denied") || says("Permission denied")) {
        return "you may not write to it: its owner, group and mode are those of `listen: api:` in "
               "agent.yaml; join its group or use sudo";
    }
    if (says("connection refused")) {
        return "is the balancer running, and does its `drain_api` location listen there?";
    }
    return "";
}

std::string unreachable_text(const FleetTarget& target) {
    std::string text = target.name;
    text += target.name == target.shown ? "" : " (" + target.shown + ")";
    text += ": " + target.error->text;
    const std::string hint = advice(target);
    return harmless(hint.empty() ? text : text + "; " + hint);
}

std::vector<std::string> status_lines(const Fleet& fleet, const std::vector<ServerSpec>& only,
                                      std::int64_t now_unix_ms, const Terminal& terminal) {
    Table table({"SERVICE", "SERVER", "STATE", "IN FLIGHT", "QUEUED", "WEIGHT", "SINCE", ""},
                {false, false, false, true, true, true, true, false});
    bool any = false;
    for (const FleetServer& server : fleet.servers) {
        if (!shown(only, server)) {
            continue;
        }
        any = true;
        const Summary sum = summarize(server);
        const Style style = sum.agreed ? style_of(sum.state) : Style::bad;
        table.add({harmless(server.name.service),
                   harmless(server.name.server),
                   {state_text(fleet, server, sum), style},
                   std::to_string(sum.in_flight),
                   std::to_string(sum.queued),
                   weight_text(server),
                   since_text(server, now_unix_ms),
                   {remark(fleet, server, sum), Style::faint}});
    }
    std::vector<std::string> lines;
    if (any) {
        lines = table.lines(terminal);
    } else {
        lines.emplace_back("no servers");
    }
    for (const FleetService& service : fleet.services) {
        if (only.empty() && !service.unmanaged_because.empty()) {
            lines.push_back(
                harmless(service.name + " is not managed: " + service.unmanaged_because));
        }
    }
    for (const FleetTarget& target : fleet.targets) {
        if (target.error) {
            lines.push_back(styled(terminal, Style::bad, unreachable_text(target)));
        }
        for (const api::BalancerView& balancer : target.status.balancers) {
            if (!balancer.reachable) {
                lines.push_back(styled(terminal, Style::bad,
                                       harmless("balancer " + balancer.name + " of " + target.name +
                                                ": " + balancer.error)));
            }
            for (const std::string& warning : balancer.warnings) {
                lines.push_back(styled(terminal, Style::warning,
                                       harmless("balancer " + balancer.name + ": " + warning)));
            }
        }
    }
    return lines;
}

std::string status_json(const Fleet& fleet, const std::vector<ServerSpec>& only) {
    json::object out;
    json::array targets;
    for (const FleetTarget& target : fleet.targets) {
        targets.push_back(target_json(target));
    }
    out["targets"] = std::move(targets);
    json::array services;
    for (const FleetService& service : fleet.services) {
        json::object one{{"name", to_utf8(service.name)}, {"min_ready", service.min_ready}};
        json::array servers;
        for (const FleetServer* server : fleet.servers_of(service.name)) {
            if (shown(only, *server)) {
                servers.push_back(server_json(fleet, *server));
            }
        }
        one["servers"] = std::move(servers);
        services.push_back(std::move(one));
    }
    out["services"] = std::move(services);
    return json::serialize(out);
}

}  // namespace lbdrain::ctl
