// Reads `balancers`.
#pragma once

#include <set>
#include <string>
#include <vector>

#include "config/config.hpp"
#include "config/keys.hpp"
#include "lbdrain/yaml/mapping.hpp"

namespace lbdrain::agent::yaml {

// The good ones go to `to`. Returns the names of all that the file speaks of: a reference to a
// balancer that is itself wrong is no further mistake.
std::set<std::string> read_balancers(const Mapping& file, std::vector<BalancerConfig>& to);

}  // namespace lbdrain::agent::yaml
