#include "agent_walk.hpp"

namespace lbdrain::agent::test {
namespace {

AgentConfig walk_config() {
    AgentConfig config = two_services({"edge-1", "edge-2"});
    ServerConfig third = config.services[0].servers[1];
    third.name = "c";
    third.address = "10.0.0.9:8000";
    config.services[0].servers.push_back(third);
    third.address = "10.0.1.9:8000";
    config.services[1].servers.push_back(third);
    return config;
}

}  // namespace

AgentWalk::AgentWalk(std::uint64_t seed, WalkCounts& counts)
    : random_(seed), counts_(counts), world_(walk_config()), pending_(2) {
    for (ServerIndex i = 0; i < world_.drains->servers().size(); ++i) {
        for (const auto& place : world_.drains->servers()[i].places) {
            places_.push_back({place.balancer, place.index, i});
        }
    }
    world_.outside.on_run = [this](const RunAsked& asked) { on_run(asked); };
    world_.outside.on_effect = [this] {
        for (const Server& server : world_.drains->servers()) {
            const auto saved =
                world_.outside.disk.find({server.service->name, server.config->name});
            const bool known = saved != world_.outside.disk.end();
            rule(server.sequence().state ==
                     (known ? saved->second.sequence.state : ServerState::ready),
                 "nothing is done before it was saved");
        }
    };
}

std::string AgentWalk::run(int steps) {
    for (int i = 0; i < steps && broken_.empty(); ++i) {
        try {
            if (percent(2)) {
                world_.outside.steps_to_live = static_cast<int>(below(8));
            }
            step();
        } catch (const Killed&) {
            restart();
        }
    }
    if (broken_.empty()) {
        heal();
    }
    return broken_;
}

void AgentWalk::restart() {
    ++counts_.kills;
    going_.clear();
    world_.outside.saves_fail = false;
    world_.restart_agent();
    for (auto& snapshot : pending_) {
        snapshot.reset();  // its thread died too
    }
}

void AgentWalk::step() {
    world_.now +=
        percent(1) ? 20'000 + static_cast<Millis>(below(60'000)) : static_cast<Millis>(below(600));
    trouble();
    traffic();
    if (percent(4)) {
        command();
    }
    looks();
    hooks();
    world_.drains->tick(world_.now);
    if (percent(1)) {
        restart();
    }
    check_states();
}

void AgentWalk::traffic() {
    for (const Place& place : places_) {
        auto& server = at(place);
        There& mine = there(place);
        std::erase_if(mine.requests, [&](Millis ends) { return ends <= world_.now; });
        server.old_routes = mine.old_worker_ends > world_.now;
        const bool routes = server.admin == Admin::ready || server.old_routes ||
                            (server.admin == Admin::drain && percent(20));  // a cookie
        if (routes && percent(15)) {
            ++counts_.requests;
            const Process& process = this->process(place.server);
            rule(process.alive || process.excused,
                 "a request went to a process that we stopped: " +
                     world_.drains->servers()[place.server].label());
            mine.requests.push_back(world_.now + 1 +
                                    static_cast<Millis>(percent(3) ? 90'000 : below(3'000)));
        }
        server.in_flight = mine.requests.size();
    }
}

void AgentWalk::trouble() {
    for (std::size_t i = 0; i < 2; ++i) {
        world_.hung[i] = world_.hung[i] ? !percent(15) : percent(1);
        auto& reachable = world_.balancers[i].reachable;
        reachable = reachable ? !percent(1) : percent(20);
    }
    auto& fails = world_.outside.saves_fail;
    fails = fails ? !percent(30) : percent(1);
    const Place& place = places_[below(places_.size())];
    const Wanted wanted = world_.drains->wanted(place.balancer)[place.index];
    if (percent(1) && wanted.rotation == Rotation::keep) {  // an operator, at what is not ours
        at(place).admin = at(place).admin == Admin::ready ? Admin::drain : Admin::ready;
        there(place).touched_by_hand = true;
    }
    if (percent(1) && at(place).admin == Admin::ready) {  // a reload: its old worker lives on
        there(place).old_worker_ends = world_.now + static_cast<Millis>(below(10'000));
    }
    at(place).readable = !percent(5);
}

void AgentWalk::looks() {
    for (std::size_t i = 0; i < 2; ++i) {
        if (pending_[i] && !world_.hung[i] && percent(70)) {
            deliver(i);
        }
        if (!pending_[i] && percent(80)) {
            const auto wanted = world_.drains->wanted(i);
            pending_[i] = world_.balancers[i].poll(wanted, world_.now);
            world_.now += static_cast<Millis>(below(20));
            if (!world_.hung[i] && percent(70)) {
                deliver(i);
            }
        }
    }
}

void AgentWalk::deliver(std::size_t balancer) {
    const Snapshot seen = *std::exchange(pending_[balancer], std::nullopt);
    const auto wanted = world_.drains->wanted(balancer);
    for (const Place& place : places_) {
        if (place.balancer != balancer) {
            continue;
        }
        There& mine = there(place);
        const Seen* look = seen.reachable ? &seen.servers[place.index] : nullptr;
        const bool zero = look != nullptr && look->complete && look->out &&
                          look->revision == wanted[place.index].revision &&
                          wanted[place.index].rotation == Rotation::maint &&
                          look->in_flight + look->queued == 0;
        mine.zero_from = !zero ? -1 : mine.zero_from < 0 ? world_.now : mine.zero_from;
        mine.zero_until = zero ? seen.begun : -1;
    }
    world_.drains->seen(balancer, seen, world_.now);
}

// Asked for twice it goes on: that is what the run file is for.
void AgentWalk::on_run(const RunAsked& asked) {
    const std::string id = std::to_string(asked.server) + "/" + asked.task.run_id;
    going_.insert(id);
    if (hook_runs_.contains(id)) {
        return;
    }
    const auto lot = healing_ ? 0 : below(100);
    hook_runs_[id] = {asked, world_.now + static_cast<Millis>(below(4'000)),
                      lot < 80   ? RunStatus::succeeded
                      : lot < 95 ? RunStatus::failed
                                 : RunStatus::none};
    if (asked.task.action == hook::Action::stop) {
        check_stop(asked);
        process(asked.server).alive = false;
    }
}

void AgentWalk::hooks() {
    for (auto& [id, run] : hook_runs_) {
        if (run.ends > world_.now || run.fate == RunStatus::none || !going_.contains(id)) {
            continue;
        }
        Process& process = this->process(run.asked.server);
        RunStatus status = run.fate;
        if (run.asked.task.action == hook::Action::start && status == RunStatus::succeeded) {
            if (run.asked.task.run_file.empty()) {
                process.alive = true;
                process.excused = false;
                run.asked.task.run_file = "done";
            }
        } else if (run.asked.task.action == hook::Action::ready && !process.alive) {
            status = RunStatus::failed;
        }
        if (!percent(5)) {
            going_.erase(id);  // else it is told again
        }
        world_.drains->run_news(run.asked.server, run.asked.run, status, "said", world_.now);
        return;  // the map may have changed
    }
}

void AgentWalk::command() {
    static constexpr Action actions[] = {Action::drain,   Action::stop,  Action::start,
                                         Action::restart, Action::ready, Action::ready,
                                         Action::down};
    const Action action = actions[below(std::size(actions))];
    const ServerIndex index = below(world_.drains->servers().size());
    const Server& server = world_.drains->servers()[index];
    api::CommandRequest request;
    request.force = percent(5);
    request.settle_ms = static_cast<std::int64_t>(below(3)) * 700;
    request.timeout_ms = percent(50) ? 5'000 : 40'000;
    request.on_timeout = static_cast<OnTimeout>(below(3));
    request.by = "walk";
    const auto state = server.sequence().state;
    const bool serves = may_take_traffic(server);
    if (request.force && (action == Action::ready || action == Action::start)) {
        process(index).excused = true;
    }
    const auto taken = world_.command(action, server.label(), request);
    ++counts_.commands;
    if (!taken) {
        ++counts_.refused;
        rule(server.sequence().state == state, "a refused command changes nothing");
        return;
    }
    const bool leaves = serves && !in_rotation(server.sequence().state);
    if (leaves && !request.force) {
        unsigned left = 0;
        for (const Server& other : world_.drains->servers()) {
            left += other.service == server.service && takes_traffic(other) ? 1U : 0U;
        }
        rule(left >= 1, "the last ready server was taken out");
    }
}

}  // namespace lbdrain::agent::test
