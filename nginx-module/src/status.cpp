#include "src/status.hpp"

#include <algorithm>

#include "lbdrain/waiting_for.hpp"
#include "src/lifecycle.hpp"
#include "src/older_workers.hpp"
#include "state/rotation_flags.hpp"

namespace lbdrain::nginx {

const Server* Group::find(std::string_view name_or_address) const noexcept {
    for (const Server& server : servers) {
        if (server.address == name_or_address) {
            return &server;
        }
    }
    for (const Server& server : servers) {
        if (server.name == name_or_address) {
            return &server;
        }
    }
    return nullptr;
}

Policy Group::policy() const noexcept {
    Policy policy;
    policy.drain_timeout = options.timeout.value_or(defaults::drain_timeout);
    policy.settle = options.settle.value_or(defaults::settle);
    policy.on_timeout = options.on_timeout.value_or(defaults::on_timeout);
    if (stop) {
        policy.stop_timeout = stop->timeout.count();
    }
    if (start) {
        policy.start_timeout = start->timeout.count();
    }
    policy.ready_timeout = ready.timeout.count();
    return policy;
}

Group* MainConf::find(std::string_view service) const noexcept {
    for (const auto& group : groups) {
        if (group->name == service) {
            return group.get();
        }
    }
    return nullptr;
}

api::ServerView server_view(const StateFile& state, const Place& place) {
    const Server& server = *place.server;
    const Sequence sequence = state.read(server.index);
    Observation seen = observe(state, server.index);
    seen.complete = seen.complete && !older_worker_alive();
    const Millis now = now_ms();

    api::ServerView view;
    view.service = place.group->name;
    view.name = server.name;
    view.address = server.address;
    view.state = sequence.state;
    view.in_flight = seen.in_flight;
    view.complete = seen.complete;
    view.out = seen.out_of_rotation;
    view.weight = server.weight;
    view.backup = server.backup;
    view.configured_down = server.down;
    if (const std::uint32_t holder = state.entry(server.index).hold.load(); holder != 0) {
        view.held_by = std::string(state.entry(holder - 1).service.view()) + "/" +
                       std::string(state.entry(holder - 1).address.view());
    }
    if (sequence.since != 0) {
        view.since_unix_ms = to_unix_ms(sequence.since);
    }
    view.stop_hook = place.group->stop.has_value();
    view.start_hook = place.group->start.has_value();
    view.sequence_id = sequence.id;
    view.goal = sequence.goal;
    view.waiting_for = waiting_for(sequence, seen, now);
    if (sequence.deadline != 0) {
        view.deadline_unix_ms = to_unix_ms(sequence.deadline);
    }
    view.by = sequence.by.view();
    view.reason = sequence.reason.view();
    view.last = sequence.last;
    if (sequence.last.at != 0) {
        view.last_at_unix_ms = to_unix_ms(sequence.last.at);
    }
    return view;
}

api::StatusView status_view(const MainConf& main, const StateFile& state, bool writable) {
    api::StatusView view;
    view.program = "ngx_http_drain_module";
    view.version = LBDRAIN_VERSION;
    view.balancer_version = NGINX_VER;
    view.writable = writable;
    view.workers = counted_workers(state);
    for (const auto& group : main.groups) {
        api::ServiceView service;
        service.name = group->name;
        service.min_ready = group->min_ready();
        for (const Server& server : group->servers) {
            service.servers.push_back(server_view(state, Place{group.get(), &server}));
        }
        view.services.push_back(std::move(service));
    }
    for (const Unmanaged& unmanaged : main.unmanaged) {
        api::ServiceView service;
        service.name = unmanaged.name;
        service.managed = false;
        service.unmanaged_because = unmanaged.why;
        view.services.push_back(std::move(service));
    }
    return view;
}

}  // namespace lbdrain::nginx
