#include "balancer/obstacle.hpp"

namespace lbdrain::agent {
namespace {

std::string worker(const ServerPlace& place) {
    return "worker " + std::to_string(place.pid);
}

std::string old_worker(const ServerPlace& place, const PlanRules& rules) {
    std::string text = worker(place) + " is stopping and still routes to it: ";
    if (rules.old_workers == OldWorkers::exit) {
        return text + "waiting until it has exited";
    }
    if (rules.without_lua == nullptr || !rules.without_lua->contains(place.pid)) {
        return text + "it is told by the Lua command";
    }
    if (rules.old_workers == OldWorkers::lua) {
        return text +
               "it was started without lua-load of lbdrain.lua, which `old_workers: lua` "
               "relies on; waiting until it has exited";
    }
    return text + "it was started without lua-load of lbdrain.lua, so waiting until it has exited";
}

std::string still_routes(bool sticky, const std::vector<ServerPlace>& places,
                         const ServerMemory& memory, const PlanRules& rules) {
    std::string text;
    for (const ServerPlace& place : places) {
        if (place.out(sticky)) {
            continue;
        }
        text += text.empty() ? "" : "; ";
        text += place.stopping ? old_worker(place, rules) : worker(place) + " still routes to it";
        if (const auto failed = memory.failures.find(place.pid); failed != memory.failures.end()) {
            text += ": " + failed->second;
        }
    }
    return text;
}

std::string held_out(const std::vector<ServerPlace>& places, const ServerMemory& memory) {
    std::string text;
    for (const ServerPlace& place : places) {
        if (place.stopping || !place.forced_out()) {
            continue;
        }
        text += text.empty() ? "" : "; ";
        text += worker(place) + " has it in " + (place.in_maint() ? "maint" : "drain");
        if (const auto failed = memory.failures.find(place.pid); failed != memory.failures.end()) {
            text += ": " + failed->second;
        }
    }
    return text;
}

std::string no_traffic(const std::vector<ServerPlace>& places) {
    using namespace haproxy;
    for (const ServerPlace& place : places) {
        const unsigned bits = place.state->srv_admin_state;
        if (place.stopping) {
            continue;
        }
        if ((bits & admin::rmaint) != 0) {
            return "HAProxy has it in maintenance because its name does not resolve";
        }
        if ((bits & (admin::imaint | admin::idrain)) != 0) {
            return "HAProxy has it out because the server that it tracks is";
        }
        if (place.state->srv_uweight == 0) {
            return "its weight is 0";
        }
        if (place.state->srv_op_state == 0) {
            return "HAProxy's health check or agent-check has it down";
        }
    }
    return {};
}

}  // namespace

std::string obstacle_of(const Wanted& wanted, const Seen& seen,
                        const std::vector<ServerPlace>& places, const FleetView& view,
                        const ServerMemory& memory, const PlanRules& rules) {
    if (!view.doubt.empty()) {
        return view.doubt;
    }
    if (!seen.known) {
        return "no worker that serves has a server of this name";
    }
    if (wanted.rotation == Rotation::drain || wanted.rotation == Rotation::maint) {
        return still_routes(wanted.rotation == Rotation::drain, places, memory, rules);
    }
    std::string held = held_out(places, memory);
    if (!held.empty() && wanted.rotation == Rotation::keep) {
        return held + ", set by somebody else";
    }
    return held.empty() && !seen.up ? no_traffic(places) : held;
}

}  // namespace lbdrain::agent
