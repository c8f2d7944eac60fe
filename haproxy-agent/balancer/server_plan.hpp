// The decisions on one server of a HAProxy: what to tell which process, and what was seen. Pure:
// views in, actions and a Seen out; what has to be remembered between polls stands in ServerMemory.
//
// The rules (facts behind them: HAProxy 2.6 to 3.4, see docs):
// - A live worker takes `set server`; a stopping one answers "Proxy is disabled." and goes on
//   routing for its kept-alive clients: it is told by Lua, or has to exit.
// - Nothing is ever put back in a stopping worker: nobody needs its traffic, and the replica may be
//   about to go.
// - A server that somebody holds in maintenance is not brought back to drain: it is out.
// - `out` is believed when two looks in a row saw it in the same processes.
#pragma once

#include <sys/types.h>

#include <cstdint>
#include <map>
#include <optional>
#include <set>
#include <string>
#include <vector>

#include "balancer/balancer.hpp"
#include "balancer/server_places.hpp"
#include "config/config.hpp"

namespace lbdrain::agent {

struct ServerMemory {
    // The last look saw it out everywhere, in these processes, for this rotation.
    std::optional<haproxy::Generation> out_in;
    Rotation out_for = Rotation::keep;
    // When its row was taken out of the server-state file. A worker that began to load before may
    // come up with the drain that the row told it, long after others have been seen `in`.
    std::optional<Millis> row_deleted;
    std::set<pid_t> seen_in;  // live workers that had it in rotation since
    std::map<pid_t, std::uint32_t> weight_said;
    std::string weight_problem;
    std::map<pid_t, std::string> failures;  // of this poll's actions
};

struct Action {
    enum class Kind { state, lua, weight };
    pid_t pid = 0;
    Kind kind = Kind::state;
    haproxy::ServerCommand command = haproxy::ServerCommand::ready;
    std::uint32_t percent = 100;

    bool operator==(const Action&) const = default;
};

struct PlanRules {
    OldWorkers old_workers = OldWorkers::automatic;
    const std::set<pid_t>* without_lua = nullptr;  // workers that do not know the command
    Millis now = 0;                                // of the look
};

std::vector<Action> plan(const Wanted& wanted, const std::vector<ServerPlace>& places,
                         const ServerMemory& memory, const PlanRules& rules);

// Also takes down in `memory` what the next look has to be compared with.
Seen see(const Wanted& wanted, const std::vector<ServerPlace>& places, const FleetView& view,
         ServerMemory& memory, const PlanRules& rules);

// The earliest moment this worker can have begun to load its configuration.
Millis begun_earliest(const ServerPlace& place, Millis now);

}  // namespace lbdrain::agent
