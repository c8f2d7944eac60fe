#include "nginx/known_servers.hpp"

#include <algorithm>
#include <unordered_set>

namespace lbdrain::agent {

KnownServers::KnownServers(const api::StatusView& status) {
    for (const api::ServiceView& view : status.services) {
        Service& service = services_[view.name];
        service.view = &view;
        for (const api::ServerView& server : view.servers) {
            service.by_address.emplace(server.address, &server);
            service.by_name.emplace(server.name, &server);
            by_address_.emplace(server.address, &server);
        }
    }
}

std::expected<const api::ServerView*, std::string> KnownServers::find(
    const BalancerServer& server) const {
    const auto found = services_.find(server.service);
    if (found == services_.end()) {
        return std::unexpected("nginx has no upstream \"" + server.service + "\"");
    }
    const Service& service = found->second;
    if (!service.view->managed) {
        return std::unexpected("the upstream \"" + server.service +
                               "\" is left alone there: " + service.view->unmanaged_because);
    }
    if (const auto by = service.by_address.find(server.address); by != service.by_address.end()) {
        return by->second;
    }
    for (const std::string& name : {server.address, server.server}) {
        if (const auto by = service.by_name.find(name); by != service.by_name.end()) {
            return by->second;
        }
    }
    return std::unexpected("the upstream \"" + server.service + "\" has no server " +
                           server.address + " there");
}

std::vector<std::string> KnownServers::others_at(
    const std::vector<const api::ServerView*>& ours) const {
    const std::unordered_set<const api::ServerView*> held(ours.begin(), ours.end());
    std::vector<std::string> warnings;
    for (const api::ServerView* server : ours) {
        if (server == nullptr) {
            continue;
        }
        const auto [begin, end] = by_address_.equal_range(server->address);
        for (auto at = begin; at != end; ++at) {
            if (!held.contains(at->second)) {
                warnings.push_back("the upstream \"" + at->second->service +
                                   "\" sends requests to " + server->address +
                                   " too, and no service here has it: a drain does not see them");
            }
        }
    }
    std::ranges::sort(warnings);
    const auto repeated = std::ranges::unique(warnings);
    warnings.erase(repeated.begin(), repeated.end());
    return warnings;
}

}  // namespace lbdrain::agent
