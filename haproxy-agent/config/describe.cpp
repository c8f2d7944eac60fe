// The summary that --check-config prints.
#include "config/read_config.hpp"

namespace lbdrain::agent {
namespace {

std::string counted(std::size_t count, std::string_view what) {
    return std::to_string(count) + ' ' + std::string(what) + (count == 1 ? "" : "s");
}

std::string kind(const BalancerConfig& balancer) {
    return std::holds_alternative<HaproxyConfig>(balancer.what) ? "HAProxy" : "NGINX";
}

std::string describe(const ServiceConfig& service) {
    std::string text = "  " + service.name + ": " + counted(service.servers.size(), "server");
    std::string where;
    for (const auto& [balancer, name_there] : service.balancers) {
        where += (where.empty() ? " at " : ", ") + balancer;
        if (name_there != service.name) {
            where += " (as " + name_there + ")";
        }
    }
    return text + (where.empty() ? " at no balancer: drains are refused" : where) + '\n';
}

}  // namespace

std::string describe(const AgentConfig& config) {
    std::string text = counted(config.balancers.size(), "balancer");
    for (const BalancerConfig& balancer : config.balancers) {
        text += (&balancer == &config.balancers.front() ? ": " : ", ") + balancer.name + " (" +
                kind(balancer) + ")";
    }
    text += '\n' + counted(config.services.size(), "service") + ":\n";
    for (const ServiceConfig& service : config.services) {
        text += describe(service);
    }
    return text;
}

}  // namespace lbdrain::agent
