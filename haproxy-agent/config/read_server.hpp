// Reads `servers` of a service, and what a service says for all of them.
#pragma once

#include <optional>
#include <string>

#include "config/config.hpp"
#include "config/keys.hpp"
#include "config/listening.hpp"
#include "lbdrain/yaml/mapping.hpp"

namespace lbdrain::agent::yaml {

struct ServerDefaults {
    std::optional<HookConfig> stop;
    std::optional<HookConfig> start;
    ReadyConfig ready;
    std::string metrics;  // variables not replaced
};

ServerDefaults read_server_defaults(const Mapping& service);

// Adds to `to.servers`; the rest of `to` has been read.
void read_servers(const Mapping& service, const ServerDefaults& defaults, ListenedPorts& ports,
                  ServiceConfig& to);

}  // namespace lbdrain::agent::yaml
