// The places where the servers of a unit are, and what each of them asks of a hook. Pure functions.
#pragma once

#include <span>
#include <string>
#include <vector>

#include "fleet/fleet.hpp"
#include "fleet/targets.hpp"

namespace lbdrain::ctl {

// Points into the Fleet that it was found in.
struct UnitPlace {
    const FleetServer* server = nullptr;
    const Place* place = nullptr;
    std::string target;  // its name
    std::string key;     // the same in each look

    const api::ServerView& view() const { return place->view; }
    std::string label() const { return to_string(server->name) + " on " + target; }
    Order order(api::Action action, api::CommandRequest request) const;
};

// Target by target, in the order of the configuration.
std::vector<UnitPlace> places_of(const Fleet& fleet, std::span<const ServerSpec> servers);

// A server that no target has, though all answer: one line each.
std::vector<std::string> nowhere(const Fleet& fleet, std::span<const ServerSpec> servers);

// Was the sequence that brought it where it is one of a unit's hooks?
bool ours(const api::ServerView& view);

// "3 requests in flight on edge-1, 1 on edge-2"; the second part of "nothing in flight".
std::string in_flight_text(std::span<const UnitPlace> places);
std::uint64_t in_flight(std::span<const UnitPlace> places);

// For a unit that is going to be stopped.
enum class LeavingStep {
    passed,  // out of rotation with nothing in flight, or a sequence is stopping it already
    wait,    // out of rotation, zero has yet to come
    drain,   // in rotation
    down,    // on its way back: that has to end now
};
LeavingStep leaving_step(const api::ServerView& view);

// For a unit that has been started.
enum class ReturningStep {
    in,      // in rotation
    coming,  // our own sequence is bringing it back
    ready,   // to be put back
    down,    // our drain of the former process is not over: it has to end first
    others,  // somebody else's sequence or wish
};
ReturningStep returning_step(const api::ServerView& view);

// For a unit whose process has ended.
bool to_mark_dead(const api::ServerView& view);

}  // namespace lbdrain::ctl
