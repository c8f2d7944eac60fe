// The wrapper around every managed upstream's balancer: applies states, counts requests.
#pragma once

#include "src/ngx.hpp"

namespace lbdrain::nginx {

// Stands in place of the upstream's own peer.init, as the outermost wrapper.
ngx_int_t init_peer(ngx_http_request_t* r, ngx_http_upstream_srv_conf_t* upstream) noexcept;

}  // namespace lbdrain::nginx
