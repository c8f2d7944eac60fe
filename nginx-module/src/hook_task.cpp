#include "src/hook_task.hpp"

#include <cctype>

namespace lbdrain::nginx {
namespace {

// Calls `replace(name)` for each $name and copies the rest.
template <typename Replace>
std::string scan(const std::string& text, Replace&& replace) {
    std::string out;
    for (std::size_t i = 0; i < text.size();) {
        if (text[i] != '$') {
            out += text[i++];
            continue;
        }
        if (i + 1 < text.size() && text[i + 1] == '$') {
            out += '$';
            i += 2;
            continue;
        }
        std::size_t end = i + 1;
        while (end < text.size() &&
               (std::isalnum(static_cast<unsigned char>(text[end])) != 0 || text[end] == '_')) {
            ++end;
        }
        out += replace(text.substr(i + 1, end - i - 1));
        i = end;
    }
    return out;
}

// Every text of a hook that may hold variables.
template <typename Visit>
void each_text(decltype(HookConf::what)& what, Visit&& visit) {
    if (auto* exec = std::get_if<hook::ExecHook>(&what)) {
        for (std::string& argument : exec->argv) {
            visit(argument);
        }
    } else if (auto* http = std::get_if<hook::HttpHook>(&what)) {
        visit(http->url);
        visit(http->unix_socket);
        visit(http->body);
        for (std::string& header : http->headers) {
            visit(header);
        }
    } else if (auto* signal = std::get_if<hook::SignalHook>(&what)) {
        visit(signal->pidfile);
        visit(signal->unit);
    } else if (auto* ready = std::get_if<hook::ReadyCheck>(&what)) {
        visit(ready->url);
        visit(ready->expect_model);
    } else if (auto* systemd = std::get_if<hook::SystemdHook>(&what)) {
        visit(systemd->unit);
    }
}

const HookConf& hook_of(const Group& group, RunKind kind) {
    switch (kind) {
        case RunKind::stop:
            return *group.stop;
        case RunKind::start:
            return *group.start;
        default:
            return group.ready;
    }
}

hook::Action action_of(RunKind kind) {
    switch (kind) {
        case RunKind::stop:
            return hook::Action::stop;
        case RunKind::start:
            return hook::Action::start;
        default:
            return hook::Action::ready;
    }
}

}  // namespace

std::string expand(const std::string& text, const HookVariables& variables) {
    const bool is_unix = variables.server.starts_with("unix:");
    const auto colon = variables.server.rfind(':');
    return scan(text, [&](const std::string& name) -> std::string {
        if (name == "server") {
            return variables.server;
        }
        if (name == "service") {
            return variables.service;
        }
        if (name == "server_host") {
            return is_unix ? variables.server.substr(5) : variables.server.substr(0, colon);
        }
        if (name == "server_port") {
            return is_unix ? std::string() : variables.server.substr(colon + 1);
        }
        return "$" + name;
    });
}

std::optional<std::string> unknown_variable(const HookConf& hook) {
    std::optional<std::string> unknown;
    auto what = hook.what;
    each_text(what, [&](std::string& text) {
        scan(text, [&](const std::string& name) -> std::string {
            if (name != "server" && name != "service" && name != "server_host" &&
                name != "server_port") {
                unknown = name;
            }
            return {};
        });
    });
    return unknown;
}

hook::Task example_task(const HookConf& hook, hook::Action action) {
    hook::Task task;
    task.action = action;
    task.service = task.server = "example";
    task.address = "127.0.0.1:1";
    task.timeout = hook.timeout;
    task.what = hook.what;
    each_text(task.what, [](std::string& text) {
        text = expand(text, {"example", "127.0.0.1:1"});
    });
    return task;
}

hook::Task make_task(const Place& place, const Sequence& sequence) {
    const HookConf& hook = hook_of(*place.group, sequence.run.kind);
    hook::Task task;
    task.action = action_of(sequence.run.kind);
    task.service = place.group->name;
    task.server = place.server->name;
    task.address = place.server->address;
    task.reason = sequence.reason.view();
    task.by = sequence.by.view();
    task.timeout = hook.timeout;
    task.what = hook.what;
    const HookVariables variables{place.group->name, place.server->address};
    each_text(task.what, [&](std::string& text) { text = expand(text, variables); });
    return task;
}

}  // namespace lbdrain::nginx
