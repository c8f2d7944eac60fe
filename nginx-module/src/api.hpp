// The drain API v1 as a content handler: routing, bodies, refusals.
#pragma once

#include "src/ngx.hpp"

namespace lbdrain::nginx {

ngx_int_t handle_api(ngx_http_request_t* r) noexcept;

}  // namespace lbdrain::nginx
