#include "scraper/load_policy.hpp"

namespace lbdrain::agent {

std::vector<ScrapeTarget> scrape_targets(const AgentConfig& config) {
    std::vector<ScrapeTarget> targets;
    std::size_t index = 0;
    for (const ServiceConfig& service : config.services) {
        for (const ServerConfig& server : service.servers) {
            if (service.load_weight && !server.metrics.empty()) {
                targets.push_back({index, server.metrics, *service.load_weight});
            }
            ++index;
        }
    }
    return targets;
}

agent_check::LoadWeightPolicy policy_of(const LoadWeight& load) {
    agent_check::LoadWeightPolicy policy;
    policy.min_percent = load.min_percent;
    policy.running_full = load.full_at;
    policy.waiting_full = 0;
    policy.cache_from = 1;
    policy.time_constant_ms = load.smoothing;
    // Several scrapes may fail before the figures are none.
    policy.stale_after_ms = 15 * load.interval;
    return policy;
}

agent_check::LoadFigures weighed(const agent_check::LoadFigures& scraped) {
    return {.running = scraped.running + scraped.waiting};
}

}  // namespace lbdrain::agent
