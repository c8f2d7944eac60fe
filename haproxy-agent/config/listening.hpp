// Every port that the agent listens on for agent-checks, so that none is said twice. One thread.
#pragma once

#include <string>
#include <vector>

#include "config/keys.hpp"
#include "lbdrain/yaml/mapping.hpp"

namespace lbdrain::agent::yaml {

class ListenedPorts {
  public:
    // Reads `agent_check` of `mapping`, an address or a list, into `to`.
    void read(const Mapping& mapping, std::vector<std::string>& to);

  private:
    struct Use {
        std::string host;
        std::string port;
        Position at;
    };

    std::vector<Use> uses_;
};

}  // namespace lbdrain::agent::yaml
