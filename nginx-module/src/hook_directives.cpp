// drain_stop_hook, drain_start_hook, drain_ready_check.
#include <unistd.h>

#include <cerrno>
#include <charconv>
#include <cstring>

#include "lbdrain/hook/variables.hpp"
#include "src/directives.hpp"
#include "src/fence.hpp"
#include "src/hook_task.hpp"
#include "src/module.hpp"

namespace lbdrain::nginx {
namespace {

using Arguments = std::vector<std::string>;
// What is wrong with the directive, or nothing.
using Failure = std::optional<std::string>;

std::string invalid(const std::string& argument, const std::string& expected) {
    return "invalid parameter \"" + argument + "\", expected " + expected;
}

Failure read_time(const std::string& argument, const std::string& text,
                  std::chrono::milliseconds& out) {
    const auto time = parse_time(text);
    if (!time || *time == 0) {
        return invalid(argument, "a time such as 30s or 5m");
    }
    out = std::chrono::milliseconds(*time);
    return {};
}

Failure read_signal(const std::string& argument, const std::string& text, int& out) {
    constexpr std::pair<const char*, int> names[] = {
        {"TERM", SIGTERM}, {"INT", SIGINT},   {"QUIT", SIGQUIT},
        {"HUP", SIGHUP},   {"USR1", SIGUSR1}, {"USR2", SIGUSR2},
    };
    const std::string word = text.starts_with("SIG") ? text.substr(3) : text;
    for (const auto& [name, number] : names) {
        if (word == name) {
            out = number;
            return {};
        }
    }
    return invalid(argument, "signal=TERM, INT, QUIT, HUP, USR1 or USR2");
}

Failure read_statuses(const std::string& argument, const std::string& text, std::vector<int>& out) {
    for (std::size_t at = 0; at <= text.size();) {
        const std::size_t comma = std::min(text.find(',', at), text.size());
        int status = 0;
        const auto [stop, error] = std::from_chars(text.data() + at, text.data() + comma, status);
        if (error != std::errc{} || stop != text.data() + comma || status < 100 || status > 599) {
            return invalid(argument, "status codes such as status=200,202");
        }
        out.push_back(status);
        at = comma + 1;
    }
    return {};
}

Failure parse_exec(Arguments args, hook::ExecHook& exec) {
    if (args.empty() || !args.front().starts_with("/")) {
        return "an exec hook needs a program by its absolute path";
    }
    exec.argv = std::move(args);
    return {};
}

Failure parse_http(const Arguments& args, hook::HttpHook& http) {
    if (args.empty() || !(args[0].starts_with("http://") || args[0].starts_with("https://"))) {
        return "an http hook needs a URL that starts with http:// or https://";
    }
    http.url = args[0];
    for (std::size_t i = 1; i < args.size(); ++i) {
        Failure failure;
        if (auto method = option(args[i], "method")) {
            http.method = *method;
        } else if (auto header = option(args[i], "header")) {
            http.headers.push_back(*header);
        } else if (auto body = option(args[i], "body")) {
            http.body = *body;
        } else if (auto socket = option(args[i], "socket")) {
            http.unix_socket = *socket;
        } else if (auto status = option(args[i], "status")) {
            failure = read_statuses(args[i], *status, http.expected_status);
        } else {
            failure = invalid(args[i], "method=, header=, body=, socket=, status= or timeout=");
        }
        if (failure) {
            return failure;
        }
    }
    return {};
}

Failure parse_signal(const Arguments& args, hook::SignalHook& signal) {
    for (const std::string& argument : args) {
        Failure failure;
        if (auto pidfile = option(argument, "pidfile")) {
            signal.pidfile = *pidfile;
        } else if (auto unit = option(argument, "unit")) {
            signal.unit = *unit;
        } else if (auto name = option(argument, "signal")) {
            failure = read_signal(argument, *name, signal.signal);
        } else if (auto time = option(argument, "stop_timeout")) {
            failure = read_time(argument, *time, signal.stop_timeout);
        } else {
            failure = invalid(argument, "pidfile=, unit=, signal=, stop_timeout= or timeout=");
        }
        if (failure) {
            return failure;
        }
    }
    if (signal.pidfile.empty() == signal.unit.empty()) {
        return "a signal hook needs either pidfile=PATH or unit=NAME";
    }
    return {};
}

// Takes `timeout=` off the end, the one option that every kind has.
Failure take_timeout(Arguments& args, std::chrono::milliseconds& timeout) {
    if (args.empty()) {
        return {};
    }
    if (const auto text = option(args.back(), "timeout")) {
        const Failure failure = read_time(args.back(), *text, timeout);
        args.pop_back();
        return failure;
    }
    return {};
}

Failure parse_hook(Arguments args, bool start, HookConf& hook) {
    const std::string kind = args.front();
    args.erase(args.begin());
    hook.timeout = std::chrono::milliseconds(defaults::hook_timeout);
    if (Failure failure = take_timeout(args, hook.timeout)) {
        return failure;
    }
    if (kind == "exec") {
        return parse_exec(std::move(args), hook.what.emplace<hook::ExecHook>());
    }
    if (kind == "http") {
        return parse_http(args, hook.what.emplace<hook::HttpHook>());
    }
    if (kind == "signal" && !start) {
        auto& signal = hook.what.emplace<hook::SignalHook>();
        if (Failure failure = parse_signal(args, signal)) {
            return failure;
        }
        if (signal.stop_timeout >= hook.timeout) {
            return "stop_timeout= must be shorter than timeout=, or there is no time left to kill";
        }
        return {};
    }
    return "unknown hook kind \"" + kind + "\", expected exec" + (start ? "" : ", signal") +
           " or http";
}

Failure parse_ready(const Arguments& args, HookConf& hook) {
    auto& ready = hook.what.emplace<hook::ReadyCheck>();
    hook.timeout = std::chrono::milliseconds(defaults::ready_timeout);
    ready.passes = defaults::ready_passes;
    ready.interval = std::chrono::milliseconds(defaults::ready_interval);
    if (args[0].starts_with("http://") || args[0].starts_with("https://")) {
        ready.url = args[0];
    } else if (args[0] != "connect") {
        return invalid(args[0], "a URL such as http://$server/health, or \"connect\"");
    }
    for (std::size_t i = 1; i < args.size(); ++i) {
        Failure failure;
        if (auto passes = option(args[i], "passes")) {
            const char* end = passes->data() + passes->size();
            const auto [stop, error] = std::from_chars(passes->data(), end, ready.passes);
            if (error != std::errc{} || stop != end || ready.passes < 1 || ready.passes > 1000) {
                failure = invalid(args[i], "a number from 1 to 1000");
            }
        } else if (auto interval = option(args[i], "interval")) {
            failure = read_time(args[i], *interval, ready.interval);
        } else if (auto attempt = option(args[i], "attempt_timeout")) {
            failure = read_time(args[i], *attempt, ready.attempt_timeout);
        } else if (auto timeout = option(args[i], "timeout")) {
            failure = read_time(args[i], *timeout, hook.timeout);
        } else if (auto model = option(args[i], "model")) {
            ready.expect_model = *model;
        } else if (args[i] == "one_token=on" || args[i] == "one_token=off") {
            ready.one_token = args[i] == "one_token=on";
        } else {
            failure = invalid(
                args[i], "passes=, interval=, attempt_timeout=, timeout=, model= or one_token=");
        }
        if (failure) {
            return failure;
        }
    }
    if (ready.url.empty() && (!ready.expect_model.empty() || ready.one_token)) {
        return "model= and one_token= need a URL instead of \"connect\"";
    }
    return {};
}

// What lbdrain-hook itself would say of the hook, asked early.
Failure check_early(const HookConf& hook, hook::Action action) {
    if (const auto unknown = hook::unknown_variable(hook.what)) {
        return "unknown variable \"$" + *unknown + "\", expected " +
               std::string(hook::kVariableNames);
    }
    if (const auto* exec = std::get_if<hook::ExecHook>(&hook.what)) {
        const std::string& program = exec->argv.front();
        if (program.find('$') == std::string::npos && ::access(program.c_str(), X_OK) != 0) {
            return "cannot run \"" + program + "\": " + std::strerror(errno);
        }
    }
    const auto usable = hook::check(example_task(hook, action));
    return usable ? Failure{} : Failure{usable.error()};
}

template <typename Parse>
char* set_hook(ngx_conf_t* cf, void* conf, std::optional<HookConf> UpstreamConf::*member,
               hook::Action action, Parse&& parse) {
    return fenced(cf->log, static_cast<char*>(NGX_CONF_ERROR), [&]() -> char* {
        auto& upstream = *static_cast<UpstreamConf*>(conf);
        upstream.touched = true;
        main_conf(cf).needs_state = true;
        const std::string where = " in \"" + directive_name(cf) + "\"";
        if (upstream.*member) {
            return refuse(cf, "\"" + directive_name(cf) + "\" directive is duplicate");
        }
        HookConf hook;
        Failure failure = parse(arguments(cf), hook);
        if (!failure) {
            failure = check_early(hook, action);
        }
        if (failure) {
            return refuse(cf, *failure + where);
        }
        upstream.*member = std::move(hook);
        return NGX_CONF_OK;
    });
}

}  // namespace

char* set_stop_hook(ngx_conf_t* cf, ngx_command_t*, void* conf) {
    return set_hook(
        cf, conf, &UpstreamConf::stop, hook::Action::stop,
        [](Arguments args, HookConf& hook) { return parse_hook(std::move(args), false, hook); });
}

char* set_start_hook(ngx_conf_t* cf, ngx_command_t*, void* conf) {
    return set_hook(
        cf, conf, &UpstreamConf::start, hook::Action::start,
        [](Arguments args, HookConf& hook) { return parse_hook(std::move(args), true, hook); });
}

char* set_ready_check(ngx_conf_t* cf, ngx_command_t*, void* conf) {
    return set_hook(cf, conf, &UpstreamConf::ready, hook::Action::ready,
                    [](const Arguments& args, HookConf& hook) { return parse_ready(args, hook); });
}

}  // namespace lbdrain::nginx
