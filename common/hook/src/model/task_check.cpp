// The rules that a task must meet, whoever wrote it.
#include <algorithm>
#include <charconv>
#include <initializer_list>

#include "lbdrain/hook/task.hpp"

namespace lbdrain::hook {
namespace {

using Result = std::expected<void, std::string>;
using std::chrono::milliseconds;

constexpr milliseconds kMaxTimeout = std::chrono::days(7);
constexpr unsigned kMaxPasses = 1000;

Result wrong(std::string text) {
    return std::unexpected(std::move(text));
}

bool is_absolute(std::string_view path) {
    return path.starts_with('/');
}

bool has_line_break(std::string_view text) {
    return text.find_first_of("\r\n") != std::string_view::npos;
}

bool is_http_url(std::string_view url) {
    const bool http = url.starts_with("http://") && url.size() > 7;
    const bool https = url.starts_with("https://") && url.size() > 8;
    return (http || https) && std::ranges::all_of(url, [](char c) { return c > ' ' && c != 0x7f; });
}

bool is_address(std::string_view address) {
    if (address.starts_with("unix:")) {
        return is_absolute(address.substr(5));
    }
    const std::size_t colon = address.rfind(':');
    if (colon == std::string_view::npos || colon == 0) {
        return false;
    }
    const std::string_view host = address.substr(0, colon);
    const std::string_view port = address.substr(colon + 1);
    if (host.front() == '[' ? host.size() < 3 || host.back() != ']' : host.contains(':')) {
        return false;
    }
    unsigned number = 0;
    const auto [end, error] = std::from_chars(port.data(), port.data() + port.size(), number);
    return error == std::errc() && end == port.data() + port.size() && number > 0 &&
           number <= 65535;
}

/// A token of HTTP, as a method or a header's name is one (RFC 9110, section 5.6.2).
bool is_token(std::string_view text) {
    return !text.empty() && std::ranges::all_of(text, [](char c) {
        return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') ||
               std::string_view("!#$%&'*+-.^_`|~").contains(c);
    });
}

bool is_unit(std::string_view name) {
    return name.size() <= 255 && !name.starts_with('-') && name.contains('.') &&
           std::ranges::all_of(name, [](char c) {
               return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') ||
                      std::string_view(":-_.\\@").contains(c);
           });
}

Result check_what(const Task& task, const ExecHook& hook) {
    if (hook.argv.empty() || !is_absolute(hook.argv.front())) {
        return wrong("\"exec.argv\" must start with the absolute path of a program");
    }
    if (task.action == Action::ready) {
        return wrong("action \"ready\" takes a ready check, not an exec hook");
    }
    return {};
}

Result check_what(const Task& task, const HttpHook& hook) {
    if (!is_http_url(hook.url)) {
        return wrong("\"http.url\" must be an http:// or https:// URL");
    }
    if (!is_token(hook.method)) {
        return wrong("\"http.method\" must be a method's name");
    }
    if (!hook.unix_socket.empty() && !is_absolute(hook.unix_socket)) {
        return wrong("\"http.unix_socket\" must be an absolute path");
    }
    for (const std::string& header : hook.headers) {
        const std::size_t colon = header.find(':');
        if (colon == std::string::npos || !is_token(std::string_view(header).substr(0, colon)) ||
            has_line_break(header)) {
            return wrong("\"http.headers\" must be lines of the form \"Name: value\"");
        }
    }
    if (!std::ranges::all_of(hook.expected_status, [](int s) { return s >= 100 && s <= 599; })) {
        return wrong("\"http.expected_status\" must be from 100 to 599");
    }
    if (task.action == Action::ready) {
        return wrong("action \"ready\" takes a ready check, not an http hook");
    }
    return {};
}

Result check_what(const Task& task, const SignalHook& hook) {
    if (hook.pidfile.empty() == hook.unit.empty()) {
        return wrong("exactly one of \"signal.pidfile\" and \"signal.unit\" is needed");
    }
    if (!hook.pidfile.empty() && !is_absolute(hook.pidfile)) {
        return wrong("\"signal.pidfile\" must be an absolute path");
    }
    if (!hook.unit.empty() && !is_unit(hook.unit)) {
        return wrong("\"signal.unit\" must be a systemd unit's full name");
    }
    if (hook.signal < 1 || hook.signal > 64) {
        return wrong("\"signal.signal\" must be from 1 to 64");
    }
    if (hook.stop_timeout < milliseconds(0) || hook.stop_timeout > kMaxTimeout) {
        return wrong("\"signal.stop_timeout_ms\" must be from 0 to 7 days");
    }
    if (task.action != Action::stop) {
        return wrong("a signal hook is for action \"stop\" only");
    }
    return {};
}

Result check_what(const Task& task, const SystemdHook& hook) {
    if (!is_unit(hook.unit)) {
        return wrong("\"systemd.unit\" must be a systemd unit's full name");
    }
    if (task.action == Action::ready) {
        return wrong("action \"ready\" takes a ready check, not a systemd hook");
    }
    return {};
}

Result check_what(const Task& task, const ReadyCheck& check) {
    if (!check.url.empty() && !is_http_url(check.url)) {
        return wrong("\"ready.url\" must be an http:// or https:// URL");
    }
    if (check.url.empty() && (!check.expect_model.empty() || check.one_token)) {
        return wrong("\"ready.expect_model\" and \"ready.one_token\" need \"ready.url\"");
    }
    if (check.passes < 1 || check.passes > kMaxPasses) {
        return wrong("\"ready.passes\" must be from 1 to 1000");
    }
    if (check.interval < milliseconds(1) || check.interval > kMaxTimeout) {
        return wrong("\"ready.interval_ms\" must be from 1 ms to 7 days");
    }
    if (check.attempt_timeout < milliseconds(1) || check.attempt_timeout > kMaxTimeout) {
        return wrong("\"ready.attempt_timeout_ms\" must be from 1 ms to 7 days");
    }
    if (task.action != Action::ready) {
        return wrong("a ready check is for action \"ready\" only");
    }
    if (check.url.empty() && task.address.empty()) {
        return wrong("\"address\" is needed where \"ready.url\" is empty");
    }
    return {};
}

/// Environment, argv and C interfaces end at a NUL, and so would what was meant.
Result check_nul(const Task& task) {
    const auto clean = [](const std::string& text) { return !text.contains('\0'); };
    bool fine = true;
    for (const std::string* text : {&task.run_id, &task.run_file, &task.service, &task.server,
                                    &task.address, &task.reason, &task.by}) {
        fine = fine && clean(*text);
    }
    if (const auto* exec = std::get_if<ExecHook>(&task.what)) {
        fine = fine && std::ranges::all_of(exec->argv, clean);
    } else if (const auto* http = std::get_if<HttpHook>(&task.what)) {
        fine = fine && clean(http->unix_socket) && std::ranges::all_of(http->headers, clean);
    } else if (const auto* signal = std::get_if<SignalHook>(&task.what)) {
        fine = fine && clean(signal->pidfile);
    }
    return fine ? Result() : wrong("a text holds a NUL character");
}

}  // namespace

Result check(const Task& task) {
    if (task.timeout < milliseconds(1) || task.timeout > kMaxTimeout) {
        return wrong("\"timeout_ms\" must be from 1 ms to 7 days");
    }
    if (!task.run_file.empty() && (!is_absolute(task.run_file) || task.run_id.empty())) {
        return wrong("\"run_file\" must be an absolute path and needs a \"run_id\"");
    }
    if (!task.address.empty() && !is_address(task.address)) {
        return wrong("\"address\" must be host:port, [v6]:port or unix:/path");
    }
    if (task.address.empty() && task.action == Action::stop) {
        return wrong("\"address\" is needed to see that the server has stopped");
    }
    if (Result clean = check_nul(task); !clean) {
        return clean;
    }
    return std::visit([&](const auto& what) { return check_what(task, what); }, task.what);
}

}  // namespace lbdrain::hook
