#include "src/module.hpp"

#include <new>

#include "src/directives.hpp"
#include "src/fence.hpp"
#include "src/lifecycle.hpp"
#include "src/setup.hpp"

namespace lbdrain::nginx {
namespace {

// A configuration object in the cycle's pool, destroyed with it.
template <typename T>
void* create(ngx_conf_t* cf) noexcept {
    return fenced(cf->log, static_cast<void*>(nullptr), [&]() -> void* {
        ngx_pool_cleanup_t* cleanup = ngx_pool_cleanup_add(cf->pool, sizeof(T));
        if (cleanup == nullptr) {
            return nullptr;
        }
        cleanup->handler = [](void* data) { static_cast<T*>(data)->~T(); };
        return ::new (cleanup->data) T;
    });
}

ngx_http_module_t context = {
    nullptr,               // preconfiguration
    set_up,                // postconfiguration
    create<MainConf>,      // create main configuration
    nullptr,               // init main configuration
    create<UpstreamConf>,  // create server configuration
    nullptr,               // merge server configuration: postconfiguration does it, for upstreams
    create<LocationConf>,  // create location configuration
    nullptr,               // merge location configuration: drain_api is not inherited
};

}  // namespace

MainConf& main_conf(ngx_conf_t* cf) noexcept {
    return *static_cast<MainConf*>(ngx_http_conf_get_module_main_conf(cf, ngx_http_drain_module));
}

MainConf& main_conf(ngx_http_request_t* r) noexcept {
    return *static_cast<MainConf*>(ngx_http_get_module_main_conf(r, ngx_http_drain_module));
}

MainConf* main_conf(ngx_cycle_t* cycle) noexcept {
    if (cycle->conf_ctx[ngx_http_module.index] == nullptr) {
        return nullptr;
    }
    return static_cast<MainConf*>(
        ngx_http_cycle_get_module_main_conf(cycle, ngx_http_drain_module));
}

LocationConf& location_conf(ngx_http_request_t* r) noexcept {
    return *static_cast<LocationConf*>(ngx_http_get_module_loc_conf(r, ngx_http_drain_module));
}

UpstreamConf* upstream_conf(ngx_http_upstream_srv_conf_t* upstream) noexcept {
    if (upstream->srv_conf == nullptr) {
        return nullptr;
    }
    return static_cast<UpstreamConf*>(
        ngx_http_conf_upstream_srv_conf(upstream, ngx_http_drain_module));
}

const Options& outer_options(ngx_conf_t* cf) noexcept {
    return static_cast<UpstreamConf*>(ngx_http_conf_get_module_srv_conf(cf, ngx_http_drain_module))
        ->options;
}

}  // namespace lbdrain::nginx

using namespace lbdrain::nginx;

ngx_module_t ngx_http_drain_module = {
    NGX_MODULE_V1,
    &context,
    directives,
    NGX_HTTP_MODULE,
    nullptr,       // init master
    init_module,   // init module
    init_process,  // init process
    nullptr,       // init thread
    nullptr,       // exit thread
    exit_process,  // exit process
    nullptr,       // exit master
    NGX_MODULE_V1_PADDING,
};
