#include "rollout/plan.hpp"

#include <algorithm>
#include <set>
#include <string_view>

#include "lbdrain/yaml/near_miss.hpp"

namespace lbdrain::ctl {
namespace {

using Servers = std::vector<PlanServer>;
using Names = std::vector<std::string>;
using Errors = std::vector<PlanError>;

bool has(const Names& names, const std::string& name) {
    return std::ranges::find(names, name) != names.end();
}

// What a list of names has that no server is called, and what it has twice.
void check_names(const Servers& servers, const char* list, const Names& names, Errors& errors) {
    std::vector<std::string_view> known;
    known.reserve(servers.size());
    for (const PlanServer& server : servers) {
        known.push_back(server.name);
    }
    std::set<std::string_view> seen;
    for (const std::string& name : names) {
        if (!seen.insert(name).second) {
            errors.push_back(
                {PlanError::Kind::usage, std::string(list) + " names \"" + name + "\" twice"});
        } else if (std::ranges::find(known, name) == known.end()) {
            const auto near = yaml::near_miss(name, known);
            errors.push_back({PlanError::Kind::usage,
                              std::string(list) + ": no server is called \"" + name + "\"" +
                                  (near ? ", did you mean \"" + std::string(*near) + "\"?" : "")});
        }
    }
}

Servers chosen(const Servers& servers, const PlanOptions& options) {
    Servers steps;
    for (const PlanServer& server : servers) {
        if ((options.only.empty() || has(options.only, server.name)) &&
            !has(options.skip, server.name)) {
            steps.push_back(server);
        }
    }
    return steps;
}

void put_in_order(Servers& steps, const PlanOptions& options) {
    const auto rank = [&](const PlanServer& server) {
        return std::ranges::find(options.names, server.name) - options.names.begin();
    };
    const auto load = [](const PlanServer& server) {
        return std::pair(server.in_rotation, server.in_flight);
    };
    switch (options.order) {
        case StepOrder::listed:
            break;
        case StepOrder::least_busy:
            std::ranges::stable_sort(steps, {}, load);
            break;
        case StepOrder::named:
            std::ranges::stable_sort(steps, {}, rank);
            break;
    }
}

std::size_t ready_among(const Servers& servers) {
    return static_cast<std::size_t>(std::ranges::count_if(servers, &PlanServer::in_rotation));
}

void check_guard(const Servers& servers, const Servers& steps, const PlanOptions& options,
                 Errors& errors) {
    const std::size_t ready = ready_among(servers);
    const std::size_t out = std::min<std::size_t>(options.max_unavailable, ready_among(steps));
    const std::size_t least = std::max(options.min_ready, 1U);
    if (out == 0 || options.force || ready - out >= least) {
        return;
    }
    errors.push_back({PlanError::Kind::guard,
                      std::to_string(ready) + " of " + std::to_string(servers.size()) +
                          " servers are in rotation; " + std::to_string(out) +
                          " out at once would leave " + std::to_string(ready - out) +
                          ", fewer than " + std::to_string(least) +
                          " (min_ready, and never none); use force with a reason to do it"});
}

}  // namespace

std::vector<std::string> Plan::names() const {
    std::vector<std::string> names;
    names.reserve(steps.size());
    for (const PlanServer& step : steps) {
        names.push_back(step.name);
    }
    return names;
}

std::expected<Plan, std::vector<PlanError>> make_plan(const std::vector<PlanServer>& servers,
                                                      const PlanOptions& options) {
    Errors errors;
    check_names(servers, "order", options.order == StepOrder::named ? options.names : Names{},
                errors);
    check_names(servers, "only", options.only, errors);
    check_names(servers, "skip", options.skip, errors);
    if (options.max_unavailable == 0) {
        errors.push_back({PlanError::Kind::usage, "max-unavailable must be 1 or more"});
    }
    if (options.pause < 0) {
        errors.push_back({PlanError::Kind::usage, "pause cannot be less than nothing"});
    }
    if (!errors.empty()) {
        return std::unexpected(errors);
    }
    Servers steps = chosen(servers, options);
    if (steps.empty()) {
        errors.push_back({PlanError::Kind::usage, servers.empty()
                                                      ? "the service has no servers"
                                                      : "only and skip leave no server to do"});
        return std::unexpected(errors);
    }
    check_guard(servers, steps, options, errors);
    if (!errors.empty()) {
        return std::unexpected(errors);
    }
    put_in_order(steps, options);
    return Plan{.steps = std::move(steps),
                .servers = servers,
                .max_unavailable = options.max_unavailable,
                .pause = options.pause};
}

}  // namespace lbdrain::ctl
