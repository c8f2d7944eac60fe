// What the balancers show, and how a zero comes to be believed.
#include <algorithm>

#include "core/drains.hpp"

namespace lbdrain::agent {
namespace {

// A balancer may have asked the agent just before the answer changed, and act on the old answer
// after it was seen in rotation: for so long the server is put back again should that happen.
// Longer than HAProxy's default agent-inter of 2 s.
constexpr Millis readmit_hold = 3000;

bool shows_change(const Seen& a, const Seen& b) {
    return a.in_flight != b.in_flight || a.queued != b.queued || a.out != b.out || a.in != b.in ||
           a.up != b.up || a.by_hand != b.by_hand || a.obstacle != b.obstacle;
}

}  // namespace

// The places whose requests a drain of `server` has to wait for: those of the same process under
// other names too, when it is going to be stopped.
template <typename Visit>
void Drains::each_counted(const Server& server, Visit&& visit) const {
    for (const Place& place : server.places) {
        visit(place);
    }
    if (holds_process(server.record)) {
        for (const ServerIndex sibling : server.siblings) {
            for (const Place& place : servers_[sibling].places) {
                visit(place);
            }
        }
    }
}

void Drains::seen(std::size_t balancer, const Snapshot& snapshot, Millis now) {
    if (balancer >= balancers_.size()) {
        return;
    }
    BalancerSeen& last = balancers_[balancer];
    const std::string& name = config_.balancers[balancer].name;
    if (last.looked && last.snapshot.reachable != snapshot.reachable) {
        outside_.log(snapshot.reachable ? LogLevel::info : LogLevel::error, no_server,
                     snapshot.reachable ? name + ": can be read again"
                                        : name + ": cannot be read: " + snapshot.error);
    } else if (!last.looked) {
        outside_.log(snapshot.reachable ? LogLevel::info : LogLevel::error, no_server,
                     snapshot.reachable ? name + ": " + snapshot.version + ", " + snapshot.counting
                                        : name + ": cannot be read: " + snapshot.error);
    }
    for (const std::string& warning : snapshot.warnings) {
        if (std::ranges::find(last.snapshot.warnings, warning) == last.snapshot.warnings.end()) {
            outside_.log(LogLevel::warning, no_server, std::string(name).append(": ") += warning);
        }
    }
    last.looked = true;
    last.snapshot = snapshot;
    last.snapshot.servers.clear();

    std::vector<ServerIndex> changed;
    for (const ServerIndex index : on_balancer_[balancer]) {
        for (Place& place : servers_[index].places) {
            if (place.balancer == balancer && take_seen(place, snapshot)) {
                changed.push_back(index);
            }
        }
    }
    for (Server& server : servers_) {
        for (Place& place : server.places) {
            if (place.balancer == balancer) {
                confirm_readmission(server, place, now);
            }
        }
        if (server.sequence().state == ServerState::draining && round_complete(server)) {
            round(server, now);
        } else if (server.sequence().state == ServerState::warming) {
            advance_server(server, observe(server), now);
        }
    }
    for (const ServerIndex index : changed) {
        outside_.changed(index);
    }
}

// Did something change that people would want to see?
bool Drains::take_seen(Place& place, const Snapshot& snapshot) const {
    const bool was_reachable = place.reachable;
    const Seen before = place.seen;
    place.reachable = snapshot.reachable;
    place.looked = snapshot.begun;
    if (snapshot.reachable) {
        place.seen = place.index < snapshot.servers.size() ? snapshot.servers[place.index] : Seen{};
    }
    place.fresh = !place.reachable || place.seen.revision == place.wanted.revision;
    const bool zero = place.current() && place.seen.known && place.seen.complete &&
                      place.seen.out && place.seen.in_flight + place.seen.queued == 0;
    place.broken = place.broken || !zero;
    return was_reachable != place.reachable || shows_change(before, place.seen);
}

// Back in rotation, and seen to stay there: from now on an operator's drain stands.
void Drains::confirm_readmission(Server& server, Place& place, Millis now) {
    const std::string& name = config_.balancers[place.balancer].name;
    if (place.wanted.rotation == Rotation::keep) {
        // Whoever had it out by hand has put it back.
        if (place.obeyed() && place.seen.in && server.record.by_hand.contains(name)) {
            ServerRecord record = server.record;
            record.by_hand.erase(name);
            commit(server, std::move(record), now);
        }
        return;
    }
    if (place.wanted.rotation != Rotation::readmit || !place.obeyed() || !place.seen.in) {
        place.in_since = -1;
        return;
    }
    if (place.in_since < 0) {
        place.in_since = now;
    }
    if (now - place.in_since >= readmit_hold) {
        ServerRecord record = server.record;
        record.readmit.erase(name);
        commit(server, std::move(record), now);
    }
}

bool Drains::round_complete(const Server& server) const {
    bool complete = !server.places.empty();
    each_counted(server, [&](const Place& place) { complete = complete && place.fresh; });
    return complete;
}

Observation Drains::observe(const Server& server) const {
    Observation seen;
    const bool counted = !server.places.empty();
    // DRAIN lets requests with a cookie through, and `use-server`: only MAINT ends them all.
    const bool draining = server.sequence().state == ServerState::draining;
    seen.complete = counted;
    seen.out_of_rotation = counted && (server.escalated || !draining);
    each_counted(server, [&](const Place& place) {
        const bool now = place.current();
        seen.complete = seen.complete && now && place.seen.known && place.seen.complete;
        seen.out_of_rotation = seen.out_of_rotation && now && place.seen.out;
        seen.in_flight += place.seen.in_flight;
        seen.queued += place.seen.queued;
    });
    seen.back = std::ranges::all_of(server.places, [&](const Place& place) {
        return server.record.by_hand.contains(config_.balancers[place.balancer].name) ||
               (place.obeyed() && place.seen.up);
    });
    return seen;
}

void Drains::round(Server& server, Millis now) {
    const Observation seen = observe(server);
    server.round_at = now;
    Millis begun = now;
    bool broken = false;
    each_counted(server, [&](const Place& place) {
        begun = std::min(begun, place.looked);
        broken = broken || place.broken;
    });
    if (broken) {
        server.sequence().zero_since =
            -1;  // balancers are looked at more often than there are rounds
    }
    // Each look counts for one round only.
    const auto use = [](Server& of) {
        for (Place& place : of.places) {
            place.fresh = false;
            place.broken = false;
        }
    };
    use(server);
    if (holds_process(server.record)) {
        for (const ServerIndex sibling : server.siblings) {
            use(servers_[sibling]);
        }
    }
    if (!server.escalated && seen.complete && seen.in_flight + seen.queued == 0) {
        escalate(server, now);
        return;
    }
    // A zero begins when its last look ended and has held when the next one's first look began: so
    // `settle` lies between the two looks at each balancer, however long another one takes.
    const bool holds = server.sequence().zero_since >= 0;
    advance_server(server, seen, holds ? std::max(begun, server.sequence().since) : now);
}

void Drains::escalate(Server& server, Millis now) {
    server.escalated = true;
    apply(server, now);
}

void Drains::advance_server(Server& server, Observation seen, Millis now) {
    seen.run = server.told;
    seen.run_status = server.run_status;
    seen.run_text.assign(server.run_text);
    ServerRecord record = server.record;
    advance(record.sequence, seen, now);
    commit(server, std::move(record), now);
}

}  // namespace lbdrain::agent
