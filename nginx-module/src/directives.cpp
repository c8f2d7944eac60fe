#include "src/directives.hpp"

#include <charconv>

#include "src/api.hpp"
#include "src/fence.hpp"
#include "src/module.hpp"

namespace lbdrain::nginx {
namespace {

char* const accepted = NGX_CONF_OK;
char* refused() noexcept {
    return static_cast<char*>(NGX_CONF_ERROR);
}

std::optional<unsigned> parse_number(const std::string& text, unsigned least, unsigned most) {
    unsigned number = 0;
    const char* end = text.data() + text.size();
    const auto [stop, error] = std::from_chars(text.data(), end, number);
    if (error != std::errc{} || stop != end || number < least || number > most) {
        return std::nullopt;
    }
    return number;
}

char* duplicate(ngx_conf_t* cf) noexcept {
    return refuse(cf, "\"" + directive_name(cf) + "\" directive is duplicate");
}

UpstreamConf& upstream_of(void* conf) noexcept {
    return *static_cast<UpstreamConf*>(conf);
}

void touch(ngx_conf_t* cf, UpstreamConf& conf) {
    conf.touched = true;
    main_conf(cf).needs_state = true;
}

// drain_state PATH [slots=N] [servers=N];
char* set_state(ngx_conf_t* cf, ngx_command_t*, void* conf) {
    return fenced(cf->log, refused(), [&] {
        MainConf& main = *static_cast<MainConf*>(conf);
        if (main.enabled) {
            return duplicate(cf);
        }
        auto* value = static_cast<ngx_str_t*>(cf->args->elts);
        if (ngx_conf_full_name(cf->cycle, &value[1], 0) != NGX_OK) {
            return refused();
        }
        main.path = std::string(view(value[1]));
        const auto args = arguments(cf);
        for (std::size_t i = 1; i < args.size(); ++i) {
            if (auto text = option(args[i], "slots")) {
                const auto slots = parse_number(*text, 2, 65536);
                if (!slots) {
                    return refuse(cf, "\"slots\" must be a number from 2 to 65536");
                }
                main.extent.slots = *slots;
            } else if (auto count = option(args[i], "servers")) {
                const auto servers = parse_number(*count, 1, 65536);
                if (!servers) {
                    return refuse(cf, "\"servers\" must be a number from 1 to 65536");
                }
                main.extent.servers = *servers;
            } else {
                return refuse(cf, "invalid parameter \"" + args[i] +
                                      "\" in \"drain_state\", expected slots=N or servers=N");
            }
        }
        main.enabled = true;
        return accepted;
    });
}

// drain_hook_program PATH;
char* set_hook_program(ngx_conf_t* cf, ngx_command_t*, void* conf) {
    return fenced(cf->log, refused(), [&] {
        MainConf& main = *static_cast<MainConf*>(conf);
        auto* value = static_cast<ngx_str_t*>(cf->args->elts);
        if (ngx_conf_full_name(cf->cycle, &value[1], 0) != NGX_OK) {
            return refused();
        }
        main.hook_program = std::string(view(value[1]));
        main.needs_state = true;
        return accepted;
    });
}

char* set_time(ngx_conf_t* cf, void* conf, std::optional<Millis> Options::*member, bool zero) {
    return fenced(cf->log, refused(), [&] {
        UpstreamConf& upstream = upstream_of(conf);
        touch(cf, upstream);
        if (upstream.options.*member) {
            return duplicate(cf);
        }
        const auto time = parse_time(arguments(cf).front());
        if (!time || (*time == 0 && !zero)) {
            return refuse(cf, "invalid time \"" + arguments(cf).front() + "\" in \"" +
                                  directive_name(cf) +
                                  "\", expected for instance 15m, 30s or 250ms");
        }
        upstream.options.*member = time;
        return accepted;
    });
}

char* set_timeout(ngx_conf_t* cf, ngx_command_t*, void* conf) {
    return set_time(cf, conf, &Options::timeout, false);
}

char* set_settle(ngx_conf_t* cf, ngx_command_t*, void* conf) {
    return set_time(cf, conf, &Options::settle, true);
}

char* set_on_timeout(ngx_conf_t* cf, ngx_command_t*, void* conf) {
    return fenced(cf->log, refused(), [&] {
        UpstreamConf& upstream = upstream_of(conf);
        touch(cf, upstream);
        if (upstream.options.on_timeout) {
            return duplicate(cf);
        }
        upstream.options.on_timeout = parse_on_timeout(arguments(cf).front());
        if (!upstream.options.on_timeout) {
            return refuse(cf, "invalid value \"" + arguments(cf).front() +
                                  "\" in \"drain_on_timeout\", expected readmit, stop or wait");
        }
        return accepted;
    });
}

char* set_min_ready(ngx_conf_t* cf, ngx_command_t*, void* conf) {
    return fenced(cf->log, refused(), [&] {
        UpstreamConf& upstream = upstream_of(conf);
        touch(cf, upstream);
        if (upstream.options.min_ready) {
            return duplicate(cf);
        }
        upstream.options.min_ready = parse_number(arguments(cf).front(), 1, 65536);
        if (!upstream.options.min_ready) {
            return refuse(cf, "invalid value \"" + arguments(cf).front() +
                                  "\" in \"drain_min_ready\", expected a number from 1 to 65536");
        }
        return accepted;
    });
}

// drain off;
char* set_drain(ngx_conf_t* cf, ngx_command_t*, void* conf) {
    return fenced(cf->log, refused(), [&] {
        const std::string word = arguments(cf).front();
        if (word != "on" && word != "off") {
            return refuse(cf, "invalid value \"" + word + "\" in \"drain\", expected on or off");
        }
        touch(cf, upstream_of(conf));
        upstream_of(conf).off = word == "off";
        return accepted;
    });
}

// drain_api [write=on|off];
char* set_api(ngx_conf_t* cf, ngx_command_t*, void* conf) {
    return fenced(cf->log, refused(), [&] {
        LocationConf& location = *static_cast<LocationConf*>(conf);
        if (location.api) {
            return duplicate(cf);
        }
        const auto args = arguments(cf);
        if (!args.empty()) {
            const auto write = option(args.front(), "write");
            if (write != "on" && write != "off") {
                return refuse(cf, "invalid parameter \"" + args.front() +
                                      "\" in \"drain_api\", expected write=on or write=off");
            }
            location.write = write == "on";
        }
        location.api = true;
        main_conf(cf).needs_state = true;
        auto* core = static_cast<ngx_http_core_loc_conf_t*>(
            ngx_http_conf_get_module_loc_conf(cf, ngx_http_core_module));
        core->handler = handle_api;
        return accepted;
    });
}

ngx_command_t command(const char* name, ngx_uint_t where,
                      char* (*set)(ngx_conf_t*, ngx_command_t*, void*), ngx_uint_t level) {
    return {{ngx_strlen(name), reinterpret_cast<u_char*>(const_cast<char*>(name))},
            where,
            set,
            level,
            0,
            nullptr};
}

constexpr ngx_uint_t main_level = NGX_HTTP_MAIN_CONF_OFFSET;
constexpr ngx_uint_t upstream_level = NGX_HTTP_SRV_CONF_OFFSET;
constexpr ngx_uint_t http_and_upstream = NGX_HTTP_MAIN_CONF | NGX_HTTP_UPS_CONF;

}  // namespace

ngx_command_t directives[] = {
    command("drain_state", NGX_HTTP_MAIN_CONF | NGX_CONF_TAKE123, set_state, main_level),
    command("drain_hook_program", NGX_HTTP_MAIN_CONF | NGX_CONF_TAKE1, set_hook_program,
            main_level),
    command("drain_timeout", http_and_upstream | NGX_CONF_TAKE1, set_timeout, upstream_level),
    command("drain_settle", http_and_upstream | NGX_CONF_TAKE1, set_settle, upstream_level),
    command("drain_on_timeout", http_and_upstream | NGX_CONF_TAKE1, set_on_timeout, upstream_level),
    command("drain_min_ready", http_and_upstream | NGX_CONF_TAKE1, set_min_ready, upstream_level),
    command("drain_stop_hook", NGX_HTTP_UPS_CONF | NGX_CONF_2MORE, set_stop_hook, upstream_level),
    command("drain_start_hook", NGX_HTTP_UPS_CONF | NGX_CONF_2MORE, set_start_hook, upstream_level),
    command("drain_ready_check", NGX_HTTP_UPS_CONF | NGX_CONF_1MORE, set_ready_check,
            upstream_level),
    command("drain", NGX_HTTP_UPS_CONF | NGX_CONF_TAKE1, set_drain, upstream_level),
    command("drain_api", NGX_HTTP_LOC_CONF | NGX_CONF_NOARGS | NGX_CONF_TAKE1, set_api,
            NGX_HTTP_LOC_CONF_OFFSET),
    ngx_null_command};

char* refuse(ngx_conf_t* cf, const std::string& text) noexcept {
    ngx_conf_log_error(NGX_LOG_EMERG, cf, 0, "%s", text.c_str());
    return refused();
}

std::vector<std::string> arguments(const ngx_conf_t* cf) {
    const auto* value = static_cast<const ngx_str_t*>(cf->args->elts);
    std::vector<std::string> args;
    for (ngx_uint_t i = 1; i < cf->args->nelts; ++i) {
        args.emplace_back(view(value[i]));
    }
    return args;
}

std::string directive_name(const ngx_conf_t* cf) {
    return std::string(view(static_cast<const ngx_str_t*>(cf->args->elts)[0]));
}

std::optional<Millis> parse_time(const std::string& text) noexcept {
    ngx_str_t value{text.size(), reinterpret_cast<u_char*>(const_cast<char*>(text.data()))};
    const ngx_int_t time = ngx_parse_time(&value, 0);
    if (time == NGX_ERROR) {
        return std::nullopt;
    }
    return time;
}

std::optional<std::string> option(const std::string& argument, std::string_view key) {
    if (argument.size() > key.size() && argument.compare(0, key.size(), key) == 0 &&
        argument[key.size()] == '=') {
        return argument.substr(key.size() + 1);
    }
    return std::nullopt;
}

}  // namespace lbdrain::nginx
