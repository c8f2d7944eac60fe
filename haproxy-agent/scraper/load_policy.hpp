// What the configuration of a load-aware weight means to its pure part. Stateless.
#pragma once

#include <cstddef>
#include <string>
#include <vector>

#include "agent_check/load_weight.hpp"
#include "config/config.hpp"

namespace lbdrain::agent {

struct ScrapeTarget {
    std::size_t server = 0;  // what callbacks name it by
    std::string url;         // http or https, of the metrics
    LoadWeight load = {};
};

// Every server with `metrics` of a service with a load-aware weight; `server` is its place in the
// configuration, service by service, as everywhere in the agent.
std::vector<ScrapeTarget> scrape_targets(const AgentConfig& config);

agent_check::LoadWeightPolicy policy_of(const LoadWeight& load);

// `full_at` is of requests that run and wait together, and the cache is not asked about: an engine
// that keeps prefixes has it full at all times.
agent_check::LoadFigures weighed(const agent_check::LoadFigures& scraped);

}  // namespace lbdrain::agent
