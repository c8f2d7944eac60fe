#include "core/server.hpp"

#include <algorithm>

namespace lbdrain::agent {

bool holds_process(const ServerRecord& record) noexcept {
    const Sequence& s = record.sequence;
    return record.stopped || (s.state == ServerState::draining &&
                              (s.goal == Goal::stopped || s.goal == Goal::restarted));
}

bool drains_from_out(const Sequence& s) noexcept {
    return s.state == ServerState::draining && !in_rotation(s.before);
}

Policy policy_of(const Server& server) {
    Policy policy = server.service->policy;
    if (server.config->stop) {
        policy.stop_timeout = server.config->stop->timeout;
    }
    if (server.config->start) {
        policy.start_timeout = server.config->start->timeout;
    }
    policy.ready_timeout = server.config->ready.timeout;
    policy.confirm = !server.places.empty();
    return policy;
}

bool takes_traffic(const Server& server) noexcept {
    return in_rotation(server.sequence().state) &&
           std::ranges::all_of(server.places,
                               [](const Place& place) { return place.obeyed() && place.seen.up; });
}

bool may_take_traffic(const Server& server) noexcept {
    return in_rotation(server.sequence().state) &&
           (server.places.empty() || std::ranges::any_of(server.places, [](const Place& place) {
                return !place.obeyed() || place.seen.up;
            }));
}

std::string obstacles(const Server& server, const std::vector<BalancerConfig>& balancers) {
    std::string text;
    for (const Place& place : server.places) {
        std::string why = place.seen.obstacle;
        if (place.looked < 0) {
            why = "not looked at yet";
        } else if (!place.reachable) {
            why = "cannot be read";
        }
        if (!why.empty()) {
            text += (text.empty() ? "" : "; ") + balancers[place.balancer].name + ": " + why;
        }
    }
    return text;
}

}  // namespace lbdrain::agent
