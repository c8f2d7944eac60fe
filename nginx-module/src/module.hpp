// The module itself as NGINX sees it, and the ways to its configuration.
#pragma once

#include "src/config.hpp"
#include "src/ngx.hpp"

extern "C" ngx_module_t ngx_http_drain_module;

namespace lbdrain::nginx {

MainConf& main_conf(ngx_conf_t* cf) noexcept;
MainConf& main_conf(ngx_http_request_t* r) noexcept;
// Null if the cycle has no http block.
MainConf* main_conf(ngx_cycle_t* cycle) noexcept;
LocationConf& location_conf(ngx_http_request_t* r) noexcept;
// Null for an implicit upstream.
UpstreamConf* upstream_conf(ngx_http_upstream_srv_conf_t* upstream) noexcept;
// What the http block itself says.
const Options& outer_options(ngx_conf_t* cf) noexcept;

}  // namespace lbdrain::nginx
