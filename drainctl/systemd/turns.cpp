#include "systemd/turns.hpp"

#include <algorithm>
#include <utility>

#include "systemd/unit_task.hpp"

namespace lbdrain::ctl {

CoordinatedTurns::CoordinatedTurns(Coordinator& coordinator, unsigned max_unavailable,
                                   Holder holder, const Messenger& messenger)
    : coordinator_(coordinator),
      max_unavailable_(max_unavailable),
      holder_(std::move(holder)),
      messenger_(messenger) {}

void CoordinatedTurns::warn(const CoordinationError& error) {
    if (!std::exchange(warned_, true)) {
        messenger_.log({true, "no permits, only the guards of the balancers: " + error.text});
    }
}

void CoordinatedTurns::read(const std::string& service) {
    auto held = coordinator_.permits(service);
    if (held) {
        held_[service] = std::move(*held);
    } else {
        held_.erase(service);
        warn(held.error());
    }
}

std::string CoordinatedTurns::take(const FleetServer& server, const Fleet& fleet) {
    const std::string& service = server.name.service;
    std::vector<Permit> back;
    for (const Permit& permit : held_[service]) {
        const FleetServer* found = fleet.find({service, permit.server});
        if (found != nullptr && settled_ready(*found)) {
            back.push_back(permit);
        }
    }
    const auto answer =
        coordinator_.take_permit({service, server.name.server, holder_, max_unavailable_, back});
    if (!answer) {
        warn(answer.error());
        return {};
    }
    if (answer->granted) {
        return {};
    }
    std::string text;
    for (const Permit& permit : answer->held) {
        text += (text.empty() ? "" : ", ") + service + "/" + permit.server + " (" +
                permit.holder.user + ")";
    }
    return text + " may be out, and max_unavailable is " + std::to_string(max_unavailable_);
}

void CoordinatedTurns::release(const FleetServer& server) {
    const std::string& service = server.name.service;
    const auto held = coordinator_.permits(service);
    if (!held) {
        return warn(held.error());
    }
    const auto found = std::ranges::find(*held, server.name.server, &Permit::server);
    if (found == held->end() || !found->holder.user.starts_with(kByPrefix)) {
        return;
    }
    if (const auto released = coordinator_.release_permit(service, server.name.server); !released) {
        warn(released.error());
    }
}

}  // namespace lbdrain::ctl
