// From parsed configuration to managed groups: which upstreams are managed, their servers, the
// wrapped balancers, and their places in the state file.
#pragma once

#include "src/config.hpp"
#include "src/ngx.hpp"

namespace lbdrain::nginx {

// postconfiguration: every balancer is set up by now, so that ours becomes the outermost wrapper
// whatever the order of the directives.
ngx_int_t set_up(ngx_conf_t* cf) noexcept;

// The `init` of our zone, where a failure still rolls the whole new configuration back
// (init_module must not fail: it would end the master). Opens the state file and enrols the
// servers.
ngx_int_t open_state(ngx_shm_zone_t* zone, void* data) noexcept;

}  // namespace lbdrain::nginx
