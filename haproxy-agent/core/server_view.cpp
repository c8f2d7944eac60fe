// What the API shows of the core.
#include "core/drains.hpp"
#include "lbdrain/waiting_for.hpp"

namespace lbdrain::agent {
namespace {

api::BalancerServerView balancer_view(const Place& place, const std::string& name) {
    api::BalancerServerView view;
    view.name = name;
    view.known = place.reachable && place.seen.known;
    view.complete = place.reachable && place.seen.complete;
    view.out = place.reachable && place.seen.out;
    view.in = place.reachable && place.seen.in;
    view.up = place.reachable && place.seen.up;
    view.by_hand = place.reachable && place.seen.by_hand;
    view.in_flight = place.seen.in_flight;
    view.queued = place.seen.queued;
    view.obstacle = place.reachable ? place.seen.obstacle : "cannot be read";
    return view;
}

}  // namespace

api::ServerView Drains::view(const Server& server, Millis now, Millis unix_now) const {
    const Sequence& sequence = server.sequence();
    const Observation seen = observe(server);
    const auto to_unix = [&](Millis moment) { return moment + (unix_now - now); };

    api::ServerView view;
    view.service = server.service->name;
    view.name = server.config->name;
    view.address = server.config->address;
    view.state = sequence.state;
    for (const Place& place : server.places) {
        view.in_flight += place.seen.in_flight;
        view.queued += place.seen.queued;
        view.balancers.push_back(balancer_view(place, config_.balancers[place.balancer].name));
    }
    if (!server.places.empty()) {
        view.weight = server.places.front().seen.weight;
    }
    if (const Server* by = holder(server)) {
        view.held_by = by->label();
    }
    if (sequence.since != 0) {
        view.since_unix_ms = to_unix(sequence.since);
    }
    view.stop_hook = server.config->stop.has_value();
    view.start_hook = server.config->start.has_value();
    view.sequence_id = sequence.id;
    view.goal = sequence.goal;
    view.waiting_for = waiting_for(sequence, seen, now);
    const bool blocked =
        (sequence.state == ServerState::draining && (!seen.complete || !seen.out_of_rotation)) ||
        (sequence.state == ServerState::warming && !seen.back);
    if (blocked) {
        if (const std::string why = obstacles(server, config_.balancers); !why.empty()) {
            view.waiting_for += " (" + why + ")";
        }
    }
    if (sequence.deadline != 0) {
        view.deadline_unix_ms = to_unix(sequence.deadline);
    }
    view.by = sequence.by.view();
    view.reason = sequence.reason.view();
    view.last = sequence.last;
    if (sequence.last.at != 0) {
        view.last_at_unix_ms = to_unix(sequence.last.at);
    }
    return view;
}

api::StatusView Drains::status(Millis now, Millis unix_now) const {
    api::StatusView status;
    status.program = "drain-agent";
    status.writable = true;
    for (std::size_t i = 0; i < balancers_.size(); ++i) {
        const Snapshot& seen = balancers_[i].snapshot;
        api::BalancerView view;
        view.name = config_.balancers[i].name;
        view.kind =
            std::holds_alternative<HaproxyConfig>(config_.balancers[i].what) ? "haproxy" : "nginx";
        view.reachable = seen.reachable;
        view.error = balancers_[i].looked ? seen.error : "not looked at yet";
        view.version = seen.version;
        view.workers = seen.workers;
        view.stopping = seen.stopping;
        view.counting = seen.counting;
        view.warnings = seen.warnings;
        status.balancers.push_back(std::move(view));
    }
    for (const ServiceConfig& service : config_.services) {
        api::ServiceView view;
        view.name = service.name;
        view.min_ready = service.min_ready;
        for (const Server& server : servers_) {
            if (server.service == &service) {
                view.servers.push_back(this->view(server, now, unix_now));
            }
        }
        status.services.push_back(std::move(view));
    }
    return status;
}

}  // namespace lbdrain::agent
