// Reads `services`.
#pragma once

#include <set>
#include <string>
#include <vector>

#include "config/config.hpp"
#include "config/keys.hpp"
#include "config/listening.hpp"
#include "lbdrain/yaml/mapping.hpp"

namespace lbdrain::agent::yaml {

// `config` has everything but its services, which are added; `balancer_names` are all that the file
// speaks of.
void read_services(const Mapping& file, const std::set<std::string>& balancer_names,
                   ListenedPorts& ports, AgentConfig& config);

}  // namespace lbdrain::agent::yaml
