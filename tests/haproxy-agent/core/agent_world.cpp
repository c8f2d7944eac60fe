#include "agent_world.hpp"

namespace lbdrain::agent::test {
namespace {

ServerConfig server_config(const std::string& name, const std::string& address) {
    ServerConfig server;
    server.name = name;
    server.address = address;
    server.stop = HookConfig{.timeout = 20'000, .what = hook::ExecHook{{"/bin/stop", "$server"}}};
    server.start = HookConfig{.timeout = 30'000, .what = hook::ExecHook{{"/bin/start"}}};
    server.ready.timeout = 40'000;
    server.ready.check.url = "http://$server/health";
    return server;
}

ServiceConfig service_config(const std::string& name, const std::vector<std::string>& balancers) {
    ServiceConfig service;
    service.name = name;
    for (const std::string& balancer : balancers) {
        service.balancers.emplace(balancer, name);
    }
    service.policy.drain_timeout = drain_timeout;
    service.policy.settle = settle;
    service.sticky_grace = sticky_grace;
    return service;
}

AgentConfig with_balancers(const std::vector<std::string>& balancers) {
    AgentConfig config;
    for (const std::string& name : balancers) {
        config.balancers.push_back({.name = name, .timeout = 5000, .what = HaproxyConfig{}});
    }
    return config;
}

}  // namespace

AgentConfig one_service(unsigned servers, std::vector<std::string> balancers) {
    AgentConfig config = with_balancers(balancers);
    config.services.push_back(service_config("llm", balancers));
    for (unsigned i = 0; i < servers; ++i) {
        config.services[0].servers.push_back(server_config(
            std::string(1, static_cast<char>('a' + i)), "10.0.0." + std::to_string(i) + ":8000"));
    }
    return config;
}

AgentConfig two_services(std::vector<std::string> balancers) {
    AgentConfig config = one_service(2, balancers);
    config.services.push_back(service_config("chat", balancers));
    config.services[1].servers = {config.services[0].servers[0],
                                  server_config("b", "10.0.1.1:8000")};
    return config;
}

AgentWorld::AgentWorld(AgentConfig from) : config(std::make_unique<AgentConfig>(std::move(from))) {
    outside.on_run = [this](const RunAsked& asked) {
        if (hooks_take_) {
            hooks_.push_back({asked, now + *hooks_take_});
        }
    };
    make_drains({});
    for (const auto& servers : drains->balancer_servers()) {
        balancers.emplace_back(servers.size());
    }
    hung.resize(balancers.size());
    for (std::size_t i = 0; i < balancers.size(); ++i) {
        look(i);
    }
}

void AgentWorld::make_drains(std::vector<ServerRecord> records) {
    drains.reset();
    hooks_.clear();
    outside.wants.clear();
    outside.answers.clear();
    drains = std::make_unique<Drains>(*config, std::move(records), outside, ++lives_ * 1000);
    drains->begin(now);
}

AgentWorld::Taking AgentWorld::command(Action action, const std::string& label,
                                       const api::CommandRequest& request) {
    const auto slash = label.find('/');
    return drains->command(label.substr(0, slash), label.substr(slash + 1), action, request, now);
}

ProblemCode AgentWorld::refusal(Action action, const std::string& label,
                                const api::CommandRequest& request) {
    const auto taken = command(action, label, request);
    EXPECT_FALSE(taken) << to_string(action) << " of " << label << " was taken";
    return taken ? ProblemCode::internal : taken.error().code;
}

void AgentWorld::look(std::size_t balancer, Millis takes) {
    const Millis begun = now;
    const auto wanted = drains->wanted(balancer);
    const Snapshot seen = balancers[balancer].poll(wanted, begun);
    now += takes;
    drains->seen(balancer, seen, now);
}

void AgentWorld::pass(Millis time, Millis step) {
    for (const Millis end = now + time; now < end;) {
        now += std::min(step, end - now);
        for (std::size_t i = 0; i < balancers.size(); ++i) {
            if (!hung[i]) {
                look(i);
            }
        }
        hooks();
        drains->tick(now);
    }
}

void AgentWorld::hooks() {
    std::vector<Hook> over;
    for (std::size_t i = 0; i < hooks_.size();) {
        if (hooks_[i].ends <= now) {
            over.push_back(hooks_[i]);
            hooks_.erase(hooks_.begin() + static_cast<std::ptrdiff_t>(i));
        } else {
            ++i;
        }
    }
    for (const Hook& hook : over) {
        drains->run_news(hook.asked.server, hook.asked.run, RunStatus::succeeded, "done", now);
    }
}

void AgentWorld::reach(ServerState wanted_state, const std::string& label, Millis limit) {
    for (const Millis end = now + limit; state(label) != wanted_state && now < end;) {
        pass(100);
    }
    EXPECT_EQ(state(label), wanted_state) << label;
}

void AgentWorld::run_ends(RunStatus status, const std::string& text) {
    ASSERT_FALSE(outside.runs.empty());
    const RunAsked asked = outside.runs.back();
    drains->run_news(asked.server, asked.run, status, text, now);
}

void AgentWorld::hooks_work(Millis after) {
    hooks_take_ = after;
}

void AgentWorld::restart_agent() {
    outside.steps_to_live = -1;
    make_drains(outside.records());
}

void AgentWorld::reload(AgentConfig from) {
    auto records = drains->records();
    drains.reset();
    config = std::make_unique<AgentConfig>(std::move(from));
    make_drains(std::move(records));
    balancers.resize(drains->balancer_servers().size(), FakeBalancer(0));
    hung.resize(balancers.size());
    for (std::size_t i = 0; i < balancers.size(); ++i) {
        balancers[i].servers.resize(drains->balancer_servers()[i].size());
    }
}

const Server& AgentWorld::server(const std::string& label) const {
    const auto slash = label.find('/');
    return *drains->find(label.substr(0, slash), label.substr(slash + 1));
}

const agent_check::Answer& AgentWorld::answer(const std::string& label) const {
    const auto index = static_cast<ServerIndex>(&server(label) - drains->servers().data());
    return outside.answers.at(index);
}

const Place& AgentWorld::place(std::size_t balancer, const std::string& label) const {
    return *std::ranges::find(server(label).places, balancer, &Place::balancer);
}

FakeBalancer::Server& AgentWorld::at(std::size_t balancer, const std::string& label) {
    return balancers[balancer].servers[place(balancer, label).index];
}

Wanted AgentWorld::wanted(std::size_t balancer, const std::string& label) const {
    return drains->wanted(balancer)[place(balancer, label).index];
}

bool AgentWorld::serves(const std::string& label) {
    return std::ranges::all_of(server(label).places, [&](const Place& place) {
        const auto& there = balancers[place.balancer].servers[place.index];
        return there.admin == Admin::ready && there.healthy;
    });
}

}  // namespace lbdrain::agent::test
