// What keeps a server from being where it is wanted, as one line for people. Pure.
#pragma once

#include <string>
#include <vector>

#include "balancer/server_plan.hpp"

namespace lbdrain::agent {

// Empty: nothing is known to stand in the way.
std::string obstacle_of(const Wanted& wanted, const Seen& seen,
                        const std::vector<ServerPlace>& places, const FleetView& view,
                        const ServerMemory& memory, const PlanRules& rules);

}  // namespace lbdrain::agent
