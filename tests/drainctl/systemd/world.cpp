#include "world.hpp"

namespace lbdrain::test {
namespace {

std::vector<ctl::TargetConfig> targets() {
    std::vector<ctl::TargetConfig> configs;
    for (const char* name : {"edge-1", "edge-2"}) {
        ctl::TargetConfig config;
        config.name = name;
        config.endpoint = *client::parse_endpoint("http://127.0.0.1:1/drain");
        configs.push_back(config);
    }
    return configs;
}

}  // namespace

World::World() : refusals_(2) {
    for (int target = 0; target < 2; ++target) {
        std::vector<api::ServerView> servers;
        for (const char* name : {"a", "b"}) {
            api::ServerView view;
            view.name = name;
            view.address = std::string("10.0.0.") + (name[0] == 'a' ? "1" : "2") + ":8000";
            servers.push_back(view);
        }
        views_.push_back(servers);
    }
}

void World::set(std::size_t target, ServerState state, Goal goal, const std::string& by) {
    a(target).state = state;
    a(target).goal = goal;
    a(target).by = by;
}

void World::refuse(std::size_t target, api::ProblemCode code, const std::string& detail) {
    refusals_[target] = {code, detail};
}

ctl::Fleet World::fleet() const {
    std::vector<ctl::StatusResult> results;
    for (std::size_t target = 0; target < views_.size(); ++target) {
        if (silent_[target]) {
            results.emplace_back(std::unexpected(
                client::Error{client::Error::Kind::unreachable, "connection refused", true, {}}));
            continue;
        }
        api::StatusView status;
        api::ServiceView& service = status.services.emplace_back();
        service.name = "vllm";
        service.servers = views_[target];
        results.emplace_back(std::move(status));
    }
    return ctl::merge(targets(), std::move(results));
}

void World::apply(const ctl::Order& order) {
    using api::Action;
    api::ServerView& view = a(order.target);
    view.by = order.request.by;
    if (order.action == Action::drain) {
        view.state = ServerState::draining;
        view.goal = Goal::drained;
    } else if (order.action == Action::down) {
        view.state = ServerState::down;
        view.goal = Goal::none;
    } else if (order.action == Action::ready) {
        view.state = ServerState::starting;
        view.goal = Goal::ready;
    }
}

std::vector<ctl::Order> World::step(ctl::UnitTask& task, Millis passed) {
    now += passed;
    for (auto& servers : views_) {
        api::ServerView& view = servers[0];
        if (view.state == ServerState::draining && view.in_flight == 0) {
            view.state = ServerState::drained;
            view.goal = Goal::none;
        }
    }
    task.before_look();
    std::vector<ctl::Order> orders = task.look(fleet(), now);
    std::vector<ctl::OrderResult> results;
    for (const ctl::Order& order : orders) {
        const api::Problem& refusal = refusals_[order.target];
        if (!refusal.detail.empty() && !order.request.force) {
            results.emplace_back(std::unexpected(
                client::Error{client::Error::Kind::refused, refusal.detail, false, refusal}));
            continue;
        }
        apply(order);
        results.emplace_back(a(order.target));
    }
    task.heard(orders, results, now);
    for (const ctl::Line& line : task.take_lines()) {
        lines.push_back((line.warning ? "! " : "") + line.text);
    }
    return orders;
}

bool World::said(const std::string& text) const {
    return std::ranges::any_of(lines, [&](const auto& line) { return line.contains(text); });
}

}  // namespace lbdrain::test
