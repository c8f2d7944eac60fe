#include "fleet/fleet.hpp"

#include <algorithm>
#include <utility>

namespace lbdrain::ctl {
namespace {

// What the target's own name for a service is to us.
std::string our_name(const TargetConfig& target, const std::string& theirs) {
    for (const auto& [ours, named] : target.services) {
        if (named == theirs) {
            return ours;
        }
    }
    return theirs;
}

FleetServer* same_server(Fleet& fleet, const std::string& service, std::size_t target,
                         const api::ServerView& view) {
    const auto among = [&](auto&& is_it) -> FleetServer* {
        for (FleetServer& server : fleet.servers) {
            // A target has two of the same address as two servers, so they are two.
            const bool there = std::ranges::any_of(
                server.places, [&](const Place& place) { return place.target == target; });
            if (!there && server.name.service == service && is_it(server)) {
                return &server;
            }
        }
        return nullptr;
    };
    FleetServer* found = among([&](const FleetServer& server) {
        return std::ranges::any_of(server.places, [&](const Place& place) {
            return !view.address.empty() && place.view.address == view.address;
        });
    });
    if (found == nullptr) {
        found = among([&](const FleetServer& server) { return server.is_called(view.name); });
    }
    return found;
}

FleetService& service_in(Fleet& fleet, const std::string& name) {
    const auto found = std::ranges::find(fleet.services, name, &FleetService::name);
    if (found != fleet.services.end()) {
        return *found;
    }
    return fleet.services.emplace_back(FleetService{name, "", 0});
}

void add_service(Fleet& fleet, const TargetConfig& config, std::size_t target,
                 api::ServiceView& view) {
    const std::string name = our_name(config, view.name);
    FleetService& service = service_in(fleet, name);
    service.min_ready = std::max(service.min_ready, view.min_ready);
    if (!view.managed) {
        service.unmanaged_because = view.unmanaged_because;
    }
    for (api::ServerView& server : view.servers) {
        Place place{target, {view.name, server.name}, server};
        if (FleetServer* same = same_server(fleet, name, target, server)) {
            same->places.push_back(std::move(place));
            continue;
        }
        FleetServer added{{name, server.name}, server.address, {}};
        added.places.push_back(std::move(place));
        fleet.servers.push_back(std::move(added));
    }
}

// How far from taking traffic as it should; a drain counts for more than its end, which is one only
// when all say so.
int distance(ServerState state) {
    switch (state) {
        case ServerState::ready:
            return 0;
        case ServerState::warming:
            return 1;
        case ServerState::drained:
            return 2;
        case ServerState::starting:
            return 3;
        case ServerState::draining:
            return 4;
        case ServerState::stopping:
            return 5;
        case ServerState::stopped:
            return 6;
        case ServerState::down:
            return 7;
        case ServerState::failed:
            break;
    }
    return 8;
}

}  // namespace

bool FleetServer::is_called(std::string_view name_or_address) const {
    return name.server == name_or_address || std::ranges::any_of(places, [&](const Place& place) {
               return place.view.name == name_or_address || place.view.address == name_or_address;
           });
}

const FleetServer* Fleet::find(const ServerSpec& spec) const {
    for (const FleetServer& server : servers) {
        if (server.name == spec) {
            return &server;
        }
    }
    for (const FleetServer& server : servers) {
        if (server.name.service == spec.service && server.is_called(spec.server)) {
            return &server;
        }
    }
    return nullptr;
}

const FleetService* Fleet::service(std::string_view name) const {
    const auto found = std::ranges::find(services, name, &FleetService::name);
    return found == services.end() ? nullptr : &*found;
}

std::vector<const FleetServer*> Fleet::servers_of(std::string_view service) const {
    std::vector<const FleetServer*> found;
    for (const FleetServer& server : servers) {
        if (server.name.service == service) {
            found.push_back(&server);
        }
    }
    return found;
}

Fleet merge(std::span<const TargetConfig> targets, std::vector<StatusResult> results) {
    Fleet fleet;
    for (std::size_t i = 0; i < targets.size(); ++i) {
        FleetTarget& target = fleet.targets.emplace_back();
        target.name = targets[i].name;
        target.shown = shown(targets[i].endpoint);
        if (!results[i]) {
            target.error = std::move(results[i].error());
            continue;
        }
        target.status = std::move(*results[i]);
        for (api::ServiceView& service : target.status.services) {
            add_service(fleet, targets[i], i, service);
        }
        target.status.services.clear();
    }
    std::ranges::stable_sort(fleet.servers, {}, [&](const FleetServer& server) {
        return std::ranges::find(fleet.services, server.name.service, &FleetService::name) -
               fleet.services.begin();
    });
    return fleet;
}

Summary summarize(const FleetServer& server) {
    Summary sum;
    sum.state = server.places.front().view.state;
    for (const Place& place : server.places) {
        const api::ServerView& view = place.view;
        sum.agreed = sum.agreed && view.state == server.places.front().view.state;
        if (distance(view.state) > distance(sum.state)) {
            sum.state = view.state;
        }
        sum.in_flight += view.in_flight;
        sum.queued += view.queued;
        sum.complete = sum.complete && view.complete.value_or(true) &&
                       std::ranges::all_of(view.balancers, &api::BalancerServerView::complete);
    }
    return sum;
}

bool settled_ready(const FleetServer& server) {
    return std::ranges::all_of(server.places, [](const Place& place) {
        return place.view.state == ServerState::ready && place.view.goal == Goal::none;
    });
}

}  // namespace lbdrain::ctl
