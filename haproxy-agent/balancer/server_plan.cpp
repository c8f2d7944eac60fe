#include "balancer/server_plan.hpp"

#include <algorithm>

#include "balancer/obstacle.hpp"
#include "balancer/weights.hpp"

namespace lbdrain::agent {
namespace {

using haproxy::ServerCommand;

bool wants_out(Rotation rotation) {
    return rotation == Rotation::drain || rotation == Rotation::maint;
}

bool lua_may_help(const ServerPlace& place, const PlanRules& rules) {
    return rules.old_workers != OldWorkers::exit &&
           (rules.without_lua == nullptr || !rules.without_lua->contains(place.pid));
}

void plan_out(std::vector<Action>& actions, Rotation rotation,
              const std::vector<ServerPlace>& places, const PlanRules& rules) {
    const auto command = rotation == Rotation::drain ? ServerCommand::drain : ServerCommand::maint;
    for (const ServerPlace& place : places) {
        if (place.out(rotation == Rotation::drain) ||
            (place.stopping && !lua_may_help(place, rules))) {
            continue;
        }
        actions.push_back(
            {place.pid, place.stopping ? Action::Kind::lua : Action::Kind::state, command});
    }
}

void plan_back(std::vector<Action>& actions, Rotation rotation,
               const std::vector<ServerPlace>& places, const ServerMemory& memory, Millis now) {
    for (const ServerPlace& place : places) {
        if (place.stopping || !place.forced_out()) {
            continue;
        }
        // `keep` touches nothing but what our own row did to a worker that loaded it just before.
        const bool from_our_row = memory.row_deleted && !memory.seen_in.contains(place.pid) &&
                                  begun_earliest(place, now) <= *memory.row_deleted;
        if (rotation == Rotation::readmit || from_our_row) {
            actions.push_back({place.pid, Action::Kind::state, ServerCommand::ready});
        }
    }
}

void plan_weight(std::vector<Action>& actions, const Wanted& wanted,
                 const std::vector<ServerPlace>& places, const ServerMemory& memory) {
    for (const ServerPlace& place : places) {
        const std::uint32_t configured = place.state->srv_iweight;
        const auto said = memory.weight_said.find(place.pid);
        if (place.stopping || configured == 0) {
            continue;
        }
        const auto percent = weight_percent_for(configured, wanted.weight_percent);
        // The whole weight is said only where we said less, or take the server back: an operator's
        // weight stays.
        const bool ours =
            said != memory.weight_said.end() || wanted.weight_percent < 100 ||
            (wanted.rotation == Rotation::readmit && place.state->srv_uweight != configured);
        if (ours && (said == memory.weight_said.end() || said->second != percent)) {
            actions.push_back({place.pid, Action::Kind::weight, ServerCommand::ready, percent});
        }
    }
}

bool takes_traffic(const ServerPlace& place) {
    constexpr unsigned inherited =
        haproxy::admin::imaint | haproxy::admin::idrain | haproxy::admin::rmaint;
    // SRV_ST_STARTING (1) is slowstart, which has traffic.
    const bool running = place.state->srv_op_state == 1 || place.state->srv_op_state == 2;
    return running && place.state->srv_uweight > 0 &&
           (place.state->srv_admin_state & inherited) == 0;
}

}  // namespace

Millis begun_earliest(const ServerPlace& place, Millis now) {
    // Uptime_sec counts whole seconds.
    return now - (static_cast<Millis>(place.uptime_s) + 1) * 1000;
}

std::vector<Action> plan(const Wanted& wanted, const std::vector<ServerPlace>& places,
                         const ServerMemory& memory, const PlanRules& rules) {
    std::vector<Action> actions;
    if (wants_out(wanted.rotation)) {
        plan_out(actions, wanted.rotation, places, rules);
    } else {
        // The share first, so that a server comes back with the small one.
        plan_weight(actions, wanted, places, memory);
        plan_back(actions, wanted.rotation, places, memory, rules.now);
    }
    return actions;
}

Seen see(const Wanted& wanted, const std::vector<ServerPlace>& places, const FleetView& view,
         ServerMemory& memory, const PlanRules& rules) {
    Seen seen;
    seen.revision = wanted.revision;
    seen.complete = view.doubt.empty();
    bool out = true;
    bool in = true;
    bool up = true;
    for (const ServerPlace& place : places) {
        seen.in_flight += place.scur;
        seen.queued += place.qcur;
        out = out && place.out(wanted.rotation != Rotation::maint);
        if (place.stopping) {
            continue;
        }
        seen.weight =
            seen.known ? std::min(seen.weight, place.state->srv_uweight) : place.state->srv_uweight;
        seen.known = true;
        in = in && !place.forced_out();
        up = up && takes_traffic(place);
        seen.by_hand = seen.by_hand || (wanted.rotation == Rotation::keep && place.forced_out());
        if (!place.forced_out()) {
            memory.seen_in.insert(place.pid);
        }
    }
    out = out && seen.known && seen.complete;
    seen.out = out && memory.out_in == view.generation && memory.out_for == wanted.rotation;
    memory.out_in = out ? std::optional(view.generation) : std::nullopt;
    memory.out_for = wanted.rotation;
    seen.in = in && seen.known;
    seen.up = seen.in && up;
    seen.obstacle = obstacle_of(wanted, seen, places, view, memory, rules);
    return seen;
}

}  // namespace lbdrain::agent
