// The directives. Each handler reports mistakes as NGINX does: with file and line, at `nginx -t`.
#pragma once

#include <string>

#include "src/config.hpp"
#include "src/ngx.hpp"

namespace lbdrain::nginx {

extern ngx_command_t directives[];

// Logs "[emerg] TEXT in FILE:LINE" and returns NGX_CONF_ERROR.
char* refuse(ngx_conf_t* cf, const std::string& text) noexcept;

// Directive arguments, without the directive's own name.
std::vector<std::string> arguments(const ngx_conf_t* cf);
std::string directive_name(const ngx_conf_t* cf);

// "15m", "1s", "250ms" as NGINX reads times. nullopt: not a time.
std::optional<Millis> parse_time(const std::string& text) noexcept;

// If `argument` is "KEY=VALUE" for this key, its value.
std::optional<std::string> option(const std::string& argument, std::string_view key);

// hook_directives.cpp
char* set_stop_hook(ngx_conf_t* cf, ngx_command_t* command, void* conf);
char* set_start_hook(ngx_conf_t* cf, ngx_command_t* command, void* conf);
char* set_ready_check(ngx_conf_t* cf, ngx_command_t* command, void* conf);

}  // namespace lbdrain::nginx
