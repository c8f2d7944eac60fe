#include "balancer/server_places.hpp"

namespace lbdrain::agent {

ServerPlaces::ServerPlaces(const FleetView& view) : view_(view) {
    for (const haproxy::WorkerView& worker : view.workers) {
        for (const haproxy::BackendView& shown : worker.backends) {
            for (std::size_t i = 0; i < shown.states.size(); ++i) {
                const haproxy::ServerState& state = shown.states[i];
                const haproxy::ServerStat* stat = haproxy::stat_of(shown, i);
                if (stat != nullptr) {
                    places_[{state.be_name, state.srv_name}].push_back(
                        {worker.info.pid, worker.info.stopping, worker.info.uptime_s, &state,
                         stat->scur, stat->qcur});
                }
            }
        }
    }
}

const std::vector<ServerPlace>& ServerPlaces::of(std::string_view backend,
                                                 std::string_view server) const {
    static const std::vector<ServerPlace> nowhere;
    const auto found = places_.find({backend, server});
    return found == places_.end() ? nowhere : found->second;
}

}  // namespace lbdrain::agent
