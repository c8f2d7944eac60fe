#include "config/read_hook.hpp"

#include <algorithm>
#include <csignal>
#include <string>

#include "config/hook_text.hpp"
#include "lbdrain/yaml/scalars.hpp"

namespace lbdrain::agent::yaml {
namespace {

using What = decltype(hook::Task::what);
using std::chrono::milliseconds;

constexpr std::pair<std::string_view, int> kSignals[] = {
    {"TERM", SIGTERM}, {"INT", SIGINT},   {"QUIT", SIGQUIT},
    {"HUP", SIGHUP},   {"USR1", SIGUSR1}, {"USR2", SIGUSR2},
};

hook::ExecHook read_exec(const Mapping& hook) {
    hook::ExecHook exec;
    const YamlNode& list = *hook.find("exec")->value;
    if (!is_kind(hook.mistakes(), list, YamlNode::Kind::list, "\"exec\"", hook.expected("exec"))) {
        return exec;
    }
    hook.each_item("exec", [&](const YamlNode& item) {
        std::string argument;
        const bool first = exec.argv.empty();
        read_scalar(hook.mistakes(), item, first ? "\"exec\"" : "", hook.expected("exec"), argument,
                    first ? parse_hook_path : parse_hook_text);
        exec.argv.push_back(std::move(argument));
    });
    return exec;
}

Parsed<std::string> parse_header_name(const YamlNode& node) {
    const bool token = !node.text.empty() && std::ranges::all_of(node.text, [](char c) {
        return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') ||
               std::string_view("!#%&'*+-.^_`|~").contains(c);
    });
    return token ? Parsed<std::string>(node.text) : fault("is no header's name");
}

void read_headers(const Mapping& http, std::vector<std::string>& to) {
    const Entry* entry = http.find("headers");
    if (entry == nullptr) {
        return;
    }
    for (const auto& [key, value] :
         unique_entries(http.mistakes(), *entry->value, "headers", http.expected("headers"))) {
        std::string name;
        std::string text;
        if (read_scalar(http.mistakes(), *key, "\"headers\"", "a header's name such as X-Reason",
                        name, parse_header_name) &&
            read_scalar(http.mistakes(), *value, quoted(name), "a header's value such as restart",
                        text, parse_hook_text)) {
            to.push_back(std::move(name.append(": ").append(text)));
        }
    }
}

Parsed<std::string> parse_method(const YamlNode& node) {
    if (node.text.empty() || node.text.size() > 32 ||
        !std::ranges::all_of(node.text, [](char c) { return c >= 'A' && c <= 'Z'; })) {
        return fault("is no method");
    }
    return node.text;
}

hook::HttpHook read_http(const Mapping& hook) {
    hook::HttpHook to;
    if (hook.find("http")->value->kind == YamlNode::Kind::scalar) {
        hook.read("http", to.url, parse_hook_url);
        return to;
    }
    const Mapping http = *hook.mapping("http", sections::http);
    http.read("url", to.url, parse_hook_url);
    http.read("method", to.method, parse_method);
    read_headers(http, to.headers);
    http.read("body", to.body, parse_hook_body);
    http.each_item("expect", [&](const YamlNode& item) {
        int status = 0;
        if (read_scalar(http.mistakes(), item, "\"expect\"", http.expected("expect"), status,
                        [](const YamlNode& node) { return parse_integer(node, 100, 599); })) {
            to.expected_status.push_back(status);
        }
    });
    http.read("unix_socket", to.unix_socket, parse_hook_path);
    return to;
}

hook::SignalHook read_signal(const Mapping& hook, Millis timeout) {
    hook::SignalHook to;
    const Mapping signal = *hook.mapping("signal", sections::signal);
    signal.read("pidfile", to.pidfile, parse_hook_path);
    signal.read("unit", to.unit, parse_hook_unit);
    signal.read("signal", to.signal, [](YamlNode node) {
        if (node.text.starts_with("SIG")) {
            node.text.erase(0, 3);
        }
        return parse_word<int>(node, kSignals);
    });
    const Entry* stop_timeout = signal.find("stop_timeout");
    Millis time = defaults::signal_stop_timeout;
    signal.read("stop_timeout", time, parse_positive_duration);
    to.stop_timeout = milliseconds(time);
    if (signal && signal.has("pidfile") == signal.has("unit")) {
        signal.wrong("\"signal\" has " + std::string(signal.has("unit") ? "both" : "neither") +
                     " \"pidfile\"" + (signal.has("unit") ? " and" : " nor") +
                     " \"unit\", expected exactly one of them");
    }
    if (signal && time >= timeout) {
        hook.mistakes().add(stop_timeout == nullptr ? signal.at() : stop_timeout->value->at,
                            "\"stop_timeout\" is not shorter than the hook's \"timeout\", so no "
                            "time is left to kill, expected a longer \"timeout\" or a shorter "
                            "\"stop_timeout\"");
    }
    return to;
}

// The one kind that the hook says; nullopt: none or several, which is noted.
std::optional<std::string_view> kind_of(const Mapping& hook, hook::Action action) {
    const std::string expected = action == hook::Action::stop
                                     ? "exactly one of \"systemd\", \"exec\", \"signal\", \"http\""
                                     : "exactly one of \"systemd\", \"exec\", \"http\"";
    std::optional<std::string_view> kind;
    for (const std::string_view each : {"systemd", "exec", "signal", "http"}) {
        if (hook.has(each) && kind) {
            hook.wrong(quoted(hook.label()) + " has both " + quoted(*kind) + " and " +
                       quoted(each) + ", expected " + expected);
            return std::nullopt;
        }
        if (hook.has(each)) {
            kind = each;
        }
    }
    if (!kind && !hook.has_unknown_keys()) {
        hook.wrong(quoted(hook.label()) + " does not say what to do, expected " + expected);
    } else if (kind == "signal" && action != hook::Action::stop) {
        hook.mistakes().add(hook.find(*kind)->key->at,
                            "a signal starts nothing, expected " + expected);
        return std::nullopt;
    }
    return kind;
}

}  // namespace

std::optional<HookConfig> read_hook(const Mapping& parent, std::string_view key,
                                    hook::Action action) {
    const auto hook = parent.mapping(key, sections::hook);
    if (!hook || !*hook) {
        return std::nullopt;
    }
    HookConfig to;
    hook->read("timeout", to.timeout, parse_positive_duration);
    const auto kind = kind_of(*hook, action);
    if (!kind) {
        return std::nullopt;
    }
    if (*kind == "systemd") {
        hook->read("systemd", to.what.emplace<hook::SystemdHook>().unit, parse_hook_unit);
    } else if (*kind == "exec") {
        to.what = read_exec(*hook);
    } else if (*kind == "signal") {
        to.what = read_signal(*hook, to.timeout);
    } else {
        to.what = read_http(*hook);
    }
    return to;
}

}  // namespace lbdrain::agent::yaml
