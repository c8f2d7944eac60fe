#include "systemd/unit_place.hpp"

#include <algorithm>

#include "systemd/unit_task.hpp"

namespace lbdrain::ctl {
namespace {

std::uint64_t open_requests(const api::ServerView& view) {
    return view.in_flight + view.queued;
}

bool counted(const api::ServerView& view) {
    return view.complete.value_or(true) &&
           std::ranges::all_of(view.balancers, &api::BalancerServerView::complete);
}

}  // namespace

Order UnitPlace::order(api::Action action, api::CommandRequest request) const {
    return {place->target, place->there, action, std::move(request)};
}

std::vector<UnitPlace> places_of(const Fleet& fleet, std::span<const ServerSpec> servers) {
    std::vector<UnitPlace> found;
    for (const ServerSpec& spec : servers) {
        const FleetServer* server = fleet.find(spec);
        if (server == nullptr) {
            continue;
        }
        for (const Place& place : server->places) {
            const std::string& target = fleet.targets[place.target].name;
            std::string key = target;
            key.append("\n").append(place.there.service).append("\n").append(place.there.server);
            const bool twice =
                std::ranges::any_of(found, [&](const UnitPlace& one) { return one.key == key; });
            if (!twice) {
                found.push_back({server, &place, target, std::move(key)});
            }
        }
    }
    std::ranges::stable_sort(found, {}, [](const UnitPlace& one) { return one.place->target; });
    return found;
}

std::vector<std::string> nowhere(const Fleet& fleet, std::span<const ServerSpec> servers) {
    std::vector<std::string> lines;
    for (const ServerSpec& spec : servers) {
        if (fleet.find(spec) == nullptr) {
            lines.push_back(unknown_server(fleet, spec));
        }
    }
    return lines;
}

bool ours(const api::ServerView& view) {
    return view.by.starts_with(kByPrefix);
}

std::uint64_t in_flight(std::span<const UnitPlace> places) {
    std::uint64_t sum = 0;
    for (const UnitPlace& one : places) {
        sum += open_requests(one.view());
    }
    return sum;
}

std::string in_flight_text(std::span<const UnitPlace> places) {
    std::string text;
    for (const UnitPlace& one : places) {
        const std::uint64_t count = open_requests(one.view());
        if (count == 0) {
            continue;
        }
        text += (text.empty() ? "" : ", ") + std::to_string(count);
        if (text.find(' ') == std::string::npos) {
            text += count == 1 ? " request in flight" : " requests in flight";
        }
        text += " on " + one.target;
    }
    return text.empty() ? "nothing in flight" : text;
}

LeavingStep leaving_step(const api::ServerView& view) {
    switch (view.state) {
        case ServerState::ready:
        case ServerState::warming:
            if (!view.held_by.empty()) {
                break;  // out of rotation by another server's sequence
            }
            return LeavingStep::drain;
        case ServerState::draining:
            return LeavingStep::wait;
        case ServerState::starting:
            return LeavingStep::down;
        case ServerState::drained:
        case ServerState::stopping:
        case ServerState::stopped:
            return LeavingStep::passed;
        case ServerState::down:
        case ServerState::failed:
            break;
    }
    // Taken out without a drain: what was in flight then may still be.
    return open_requests(view) == 0 && counted(view) ? LeavingStep::passed : LeavingStep::wait;
}

ReturningStep returning_step(const api::ServerView& view) {
    switch (view.state) {
        case ServerState::ready:
        case ServerState::warming:
            return ReturningStep::in;
        case ServerState::starting:
            return ours(view) ? ReturningStep::coming : ReturningStep::others;
        case ServerState::draining:
            return ours(view) && view.goal == Goal::drained ? ReturningStep::down
                                                            : ReturningStep::others;
        case ServerState::drained:
        case ServerState::down:
        case ServerState::failed:
            return ours(view) && view.goal == Goal::none ? ReturningStep::ready
                                                         : ReturningStep::others;
        case ServerState::stopping:
        case ServerState::stopped:
            break;
    }
    return ReturningStep::others;
}

bool to_mark_dead(const api::ServerView& view) {
    if (in_rotation(view.state)) {
        return view.held_by.empty();
    }
    return view.state == ServerState::starting && ours(view);
}

}  // namespace lbdrain::ctl
