#include "balancer/server_places.hpp"

#include <algorithm>

namespace lbdrain::agent {

std::vector<ServerPlace> places_of(const FleetView& view, std::string_view backend,
                                   std::string_view server) {
    std::vector<ServerPlace> places;
    for (const haproxy::WorkerView& worker : view.workers) {
        for (const haproxy::BackendView& shown : worker.backends) {
            const auto* state = haproxy::find_server(shown.states, backend, server);
            const auto stat =
                std::ranges::find_if(shown.stats, [&](const haproxy::ServerStat& one) {
                    return one.server == server && one.backend == backend;
                });
            if (state != nullptr && stat != shown.stats.end()) {
                places.push_back({worker.info.pid, worker.info.stopping, worker.info.uptime_s,
                                  state, stat->scur, stat->qcur});
            }
        }
    }
    return places;
}

}  // namespace lbdrain::agent
