// Makes the Balancer of each kind that a configuration names.
#pragma once

#include <memory>
#include <string>
#include <vector>

#include "balancer/balancer.hpp"
#include "config/config.hpp"

namespace lbdrain::agent {

std::unique_ptr<Balancer> make_balancer(const BalancerConfig& config,
                                        std::vector<BalancerServer> servers);

}  // namespace lbdrain::agent
