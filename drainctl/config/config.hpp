// What drainctl.yaml says. Plain values; every default of drainctl stands here.
#pragma once

#include <map>
#include <string>
#include <string_view>
#include <vector>

#include "lbdrain/client/endpoint.hpp"
#include "lbdrain/defaults.hpp"
#include "lbdrain/sequence.hpp"

namespace lbdrain::ctl {

// A drain API: of an NGINX's module, or of an agent.
struct TargetConfig {
    std::string name;
    client::Endpoint endpoint;
    // How it calls the services that it calls otherwise: ours -> its own.
    std::map<std::string, std::string> services;
    Millis timeout = 5'000;  // of one request
};

// SERVICE/SERVER, as drainctl's arguments have it. A server's name may hold slashes, a service's
// may not.
struct ServerSpec {
    std::string service;
    std::string server;

    friend auto operator<=>(const ServerSpec&, const ServerSpec&) = default;
};

std::string to_string(const ServerSpec& spec);

// Which servers a systemd unit is the process of.
struct UnitConfig {
    std::string unit;                 // "vllm-a.service", or a template's "vllm@.service"
    std::vector<ServerSpec> servers;  // of a template "%i" in them stands for the instance
};

// How ExecStop= and ExecStartPost= behave. systemd cannot be refused, only delayed, so each wait
// has an end.
struct UnitHookConfig {
    Millis drain_timeout = defaults::drain_timeout;  // then the unit is stopped all the same
    // How long a restart waits for its turn while a guard forbids taking the server out.
    Millis turn_timeout = defaults::drain_timeout;
    Millis unreachable_timeout = 10'000;  // then a target that cannot be reached is left out
    Millis ready_timeout = defaults::ready_timeout;
};

struct CtlConfig {
    std::string file;  // where it was read from; empty: there is none
    std::vector<TargetConfig> targets;
    std::vector<UnitConfig> units;
    unsigned max_unavailable = 1;
    std::string state_dir;  // of locks and journals; empty: by the user (state_dir.hpp)
    UnitHookConfig unit_hooks;
};

inline constexpr std::string_view kDefaultApi = "unix:/run/lbdrain/agent.sock";

}  // namespace lbdrain::ctl
