#include "lbdrain/hook/variables.hpp"

#include <cctype>

namespace lbdrain::hook {
namespace {

/// Calls `replace(name)` for each $name and copies the rest.
template <class Replace>
std::string scan(std::string_view text, Replace&& replace) {
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

/// Every text of a hook that may hold variables; `what` may be const.
template <class What, class Visit>
void each_text(What& what, Visit&& visit) {
    if (auto* exec = std::get_if<ExecHook>(&what)) {
        for (auto& argument : exec->argv) {
            visit(argument);
        }
    } else if (auto* http = std::get_if<HttpHook>(&what)) {
        visit(http->url);
        visit(http->unix_socket);
        visit(http->body);
        for (auto& header : http->headers) {
            visit(header);
        }
    } else if (auto* signal = std::get_if<SignalHook>(&what)) {
        visit(signal->pidfile);
        visit(signal->unit);
    } else if (auto* ready = std::get_if<ReadyCheck>(&what)) {
        visit(ready->url);
        visit(ready->expect_model);
    } else if (auto* systemd = std::get_if<SystemdHook>(&what)) {
        visit(systemd->unit);
    }
}

/// nullopt: there is no such variable.
std::optional<std::string_view> value_of(std::string_view name, const Variables& variables) {
    const std::string_view address = variables.address;
    const bool is_unix = address.starts_with("unix:");
    const std::size_t colon = address.rfind(':');
    if (name == "service") {
        return variables.service;
    }
    if (name == "server") {
        return address;
    }
    if (name == "server_name") {
        return variables.server_name;
    }
    if (name == "server_host") {
        return is_unix ? address.substr(5) : address.substr(0, colon);
    }
    if (name == "server_port") {
        return is_unix || colon == std::string_view::npos ? "" : address.substr(colon + 1);
    }
    return std::nullopt;
}

}  // namespace

std::string expand(std::string_view text, const Variables& variables) {
    return scan(text, [&](std::string_view name) {
        const auto value = value_of(name, variables);
        return value ? std::string(*value) : "$" + std::string(name);
    });
}

void expand(decltype(Task::what)& what, const Variables& variables) {
    each_text(what, [&](std::string& text) { text = expand(text, variables); });
}

std::optional<std::string> unknown_variable(std::string_view text) {
    std::optional<std::string> unknown;
    scan(text, [&](std::string_view name) {
        if (!value_of(name, {})) {
            unknown = name;
        }
        return std::string();
    });
    return unknown;
}

std::optional<std::string> unknown_variable(const decltype(Task::what)& what) {
    std::optional<std::string> unknown;
    each_text(what, [&](const std::string& text) {
        if (auto name = unknown_variable(text)) {
            unknown = std::move(name);
        }
    });
    return unknown;
}

}  // namespace lbdrain::hook
