#include "config/hook_text.hpp"
#include "config/read_hook.hpp"
#include "lbdrain/hook/variables.hpp"
#include "lbdrain/yaml/places.hpp"
#include "lbdrain/yaml/scalars.hpp"

namespace lbdrain::agent::yaml {
namespace {

using std::chrono::milliseconds;

void read_time(const Mapping& ready, std::string_view key, milliseconds& to) {
    Millis time = to.count();
    ready.read(key, time, parse_positive_duration);
    to = milliseconds(time);
}

// Exactly one way to check, and what belongs to HTTP only with it.
void check_kind(const Mapping& ready) {
    const bool http = ready.has("http");
    if (http == ready.has("connect")) {
        if (!http && ready.has_unknown_keys()) {
            return;
        }
        ready.wrong(http ? "\"ready\" has both \"http\" and \"connect\", expected one of them"
                         : "\"ready\" does not say what to try, expected \"http\" with a URL such "
                           "as \"http://$server/health\", or \"connect\": true");
        return;
    }
    for (const std::string_view key : {"model", "one_token"}) {
        if (!http && ready.has(key)) {
            ready.wrong(key, quoted(key) + " needs \"http\" instead of \"connect\"");
        }
    }
}

std::optional<std::string> refusal(const ServerConfig& server, const std::string& service,
                                   hook::Action action, decltype(hook::Task::what) what) {
    hook::Task task;
    task.action = action;
    task.service = service;
    task.server = server.name;
    task.address = server.address;
    task.what = std::move(what);
    hook::expand(task.what, {service, server.name, server.address});
    if (const auto usable = hook::check(task); !usable) {
        return usable.error();
    }
    const auto* http = std::get_if<hook::HttpHook>(&task.what);
    const auto* ready = std::get_if<hook::ReadyCheck>(&task.what);
    const std::string url = http != nullptr ? http->url : ready != nullptr ? ready->url : "";
    if (const auto usable = parse_url(url); !url.empty() && !usable) {
        return "the URL " + quoted(url) + ' ' + usable.error().what;
    }
    return std::nullopt;
}

}  // namespace

std::optional<ReadyConfig> read_ready(const Mapping& parent) {
    const auto ready = parent.mapping("ready", sections::ready);
    if (!ready || !*ready) {
        return std::nullopt;
    }
    ReadyConfig to;
    to.check.passes = defaults::ready_passes;
    to.check.interval = milliseconds(defaults::ready_interval);
    check_kind(*ready);
    ready->read("http", to.check.url, parse_hook_url);
    bool connect = true;
    if (ready->read("connect", connect, parse_boolean) && !connect) {
        ready->wrong("connect", "\"connect\" is false, expected true or \"http\" with a URL");
    }
    ready->read("passes", to.check.passes,
                [](const YamlNode& node) { return parse_integer(node, 1, 1000); });
    read_time(*ready, "interval", to.check.interval);
    read_time(*ready, "attempt_timeout", to.check.attempt_timeout);
    ready->read("timeout", to.timeout, parse_positive_duration);
    ready->read("model", to.check.expect_model, parse_hook_text);
    ready->read("one_token", to.check.one_token, parse_boolean);
    return to;
}

std::optional<std::string> unusable_for(const ServerConfig& server, const std::string& service) {
    if (server.stop) {
        if (auto why = refusal(server, service, hook::Action::stop, server.stop->what)) {
            return "\"stop\": " + *why;
        }
    }
    if (server.start) {
        if (auto why = refusal(server, service, hook::Action::start, server.start->what)) {
            return "\"start\": " + *why;
        }
    }
    if (auto why = refusal(server, service, hook::Action::ready, server.ready.check)) {
        return "\"ready\": " + *why;
    }
    if (const auto usable = parse_url(server.metrics); !server.metrics.empty() && !usable) {
        return "\"metrics\": the URL " + quoted(server.metrics) + ' ' + usable.error().what;
    }
    return std::nullopt;
}

}  // namespace lbdrain::agent::yaml
