// One server as each process of a HAProxy has it. Pure; points into the FleetView it was made from.
#pragma once

#include <sys/types.h>

#include <cstdint>
#include <string_view>
#include <vector>

#include "balancer/fleet.hpp"

namespace lbdrain::agent {

struct ServerPlace {
    pid_t pid = 0;
    bool stopping = false;
    std::uint64_t uptime_s = 0;
    const haproxy::ServerState* state = nullptr;
    std::uint64_t scur = 0;
    std::uint64_t qcur = 0;

    bool drained() const { return (state->srv_admin_state & haproxy::admin::fdrain) != 0; }
    bool in_maint() const { return (state->srv_admin_state & haproxy::admin::fmaint) != 0; }
    bool forced_out() const { return drained() || in_maint(); }
    // Nothing new comes to it by this process, except what a cookie binds, when `sticky` is let go.
    bool out(bool sticky) const { return in_maint() || (sticky && drained()); }
};

// The processes that know the server; one that does not cannot route to it.
std::vector<ServerPlace> places_of(const FleetView& view, std::string_view backend,
                                   std::string_view server);

}  // namespace lbdrain::agent
