// Which balancers have a service, and under which name. One thread.
#pragma once

#include <map>
#include <set>
#include <string>
#include <vector>

#include "config/config.hpp"
#include "config/keys.hpp"
#include "lbdrain/yaml/mapping.hpp"

namespace lbdrain::agent::yaml {

// Reads `balancers` of a service; without it, all of `names` have it by its own name.
void read_service_balancers(const Mapping& service, const std::set<std::string>& names,
                            ServiceConfig& to);

// What the services read so far have at each balancer: two of them that meant the same server there
// would undo each other's drains.
class ServersAtBalancers {
  public:
    explicit ServersAtBalancers(const std::vector<BalancerConfig>& balancers);

    void add(const Mapping& service, const ServiceConfig& config);

  private:
    std::set<std::string> nginx_;               // balancers that know servers by their address
    std::map<std::string, std::string> taken_;  // balancer, service and server there -> service
};

}  // namespace lbdrain::agent::yaml
