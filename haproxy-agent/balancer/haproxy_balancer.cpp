#include "balancer/haproxy_balancer.hpp"

#include <algorithm>
#include <array>
#include <ctime>
#include <string_view>
#include <utility>

#include "balancer/held_fleet.hpp"
#include "balancer/master_fleet.hpp"
#include "runtime/text.hpp"

namespace lbdrain::agent {
namespace {

using haproxy::ErrorCode;

Millis boot_now() {
    timespec time{};
    static_cast<void>(::clock_gettime(CLOCK_BOOTTIME, &time));
    return static_cast<Millis>(time.tv_sec) * 1000 + time.tv_nsec / 1'000'000;
}

std::vector<std::string> backends_of(const std::vector<BalancerServer>& servers) {
    std::set<std::string> names;
    for (const BalancerServer& server : servers) {
        names.insert(server.service);
    }
    return {names.begin(), names.end()};
}

// Before 2.5 a stopping worker does not show what its proxies carry (haproxy/haproxy#1307).
bool hides_old_workers(std::string_view version) {
    const auto words = haproxy::words_of(version);
    const std::string_view number = words.empty() ? version : words.front();
    return number.starts_with("1.") ||
           std::ranges::any_of(std::array<std::string_view, 5>{"2.0", "2.1", "2.2", "2.3", "2.4"},
                               [&](std::string_view old) { return number.starts_with(old); });
}

template <typename Map>
void keep_only(Map& map, const std::set<pid_t>& pids) {
    std::erase_if(map, [&](const auto& entry) {
        if constexpr (requires { entry.first; }) {
            return !pids.contains(entry.first);
        } else {
            return !pids.contains(entry);
        }
    });
}

}  // namespace

HaproxyBalancer::HaproxyBalancer(std::unique_ptr<Fleet> fleet, const HaproxyConfig& config,
                                 std::vector<BalancerServer> servers)
    : fleet_(std::move(fleet)),
      old_workers_(config.old_workers),
      servers_(std::move(servers)),
      backends_(backends_of(servers_)),
      rows_(config.server_state_file, servers_),
      memory_(servers_.size()) {}

std::expected<std::unique_ptr<Balancer>, std::string> HaproxyBalancer::make(
    const HaproxyConfig& config, Millis timeout, std::vector<BalancerServer> servers) {
    const auto stats = haproxy::Endpoint::parse(config.stats_socket);
    if (!stats) {
        return std::unexpected("stats_socket: " + stats.error().message);
    }
    std::unique_ptr<Fleet> fleet;
    if (config.master_socket.empty()) {
        fleet = std::make_unique<HeldFleet>(*stats, timeout);
    } else {
        const auto master = haproxy::Endpoint::parse(config.master_socket);
        if (!master) {
            return std::unexpected("master_socket: " + master.error().message);
        }
        fleet = std::make_unique<MasterFleet>(*master, *stats, timeout);
    }
    auto balancer = std::make_unique<HaproxyBalancer>(std::move(fleet), config, std::move(servers));
    balancer->config_hints_.emplace(*stats, timeout, !config.server_state_file.empty());
    return balancer;
}

// Once for each configuration that was loaded.
void HaproxyBalancer::look_for_hints(const haproxy::Generation& generation) {
    const bool same =
        hinted_ && hinted_->master == generation.master && hinted_->reloads == generation.reloads;
    if (config_hints_ && !same) {
        hints_ = config_hints_->look();
        hinted_ = generation;
    }
}

std::expected<FleetView, haproxy::Error> HaproxyBalancer::look() {
    auto view = fleet_->look(backends_);
    if (view && !view->workers.empty()) {
        const std::string& version = view->workers.back().info.version;
        version_ = "HAProxy " + version;
        if (view->doubt.empty() && hides_old_workers(version)) {
            view->doubt = version_ + " does not show what old workers carry; 2.6 and later do";
        }
    }
    return view;
}

// False: it did not answer, so nobody else is to be kept waiting for now.
bool HaproxyBalancer::carry_out(std::size_t index, const Action& action) {
    const auto& [service, server, address] = servers_[index];
    ServerMemory& memory = memory_[index];
    std::expected<void, haproxy::Error> done;
    switch (action.kind) {
        case Action::Kind::state:
            done = fleet_->set_state(action.pid, service, server, action.command);
            break;
        case Action::Kind::lua:
            done = fleet_->call_lua(action.pid, service, server, action.command);
            if (!done && done.error().code == ErrorCode::unknown_command) {
                without_lua_.insert(action.pid);
                return true;
            }
            break;
        case Action::Kind::weight:
            done = fleet_->set_weight(action.pid, service, server, action.percent);
            if (done || done.error().code != ErrorCode::generation_changed) {
                // Said once: a refusal (a static algorithm takes 0 % and 100 % only) stays one.
                memory.weight_said[action.pid] = action.percent;
                memory.weight_problem = done ? "" : done.error().message;
            }
            return done || done.error().code != ErrorCode::timeout;
    }
    if (!done) {
        memory.failures[action.pid] = done.error().message;
    }
    return done || done.error().code != ErrorCode::timeout;
}

// Was anybody told anything?
bool HaproxyBalancer::tell(std::span<const Wanted> wanted, const ServerPlaces& shown, Millis now) {
    bool told = false;
    bool answers = true;
    for (std::size_t i = 0; i < servers_.size(); ++i) {
        const auto& places = shown.of(servers_[i].service, servers_[i].server);
        memory_[i].failures.clear();
        if (rows_.deleted(i) != memory_[i].row_deleted) {
            memory_[i].row_deleted = rows_.deleted(i);
            memory_[i].seen_in.clear();
        }
        for (const Action& action : plan(wanted[i], places, memory_[i], rules(now))) {
            if (action.kind != Action::Kind::weight) {
                memory_[i].out_in.reset();  // it was not out at this look
            }
            told = true;
            if (answers) {
                answers = carry_out(i, action);
            }
        }
    }
    return told;
}

void HaproxyBalancer::forget_gone_workers(const FleetView& view) {
    std::set<pid_t> pids;
    for (const haproxy::WorkerView& worker : view.workers) {
        pids.insert(worker.info.pid);
    }
    keep_only(without_lua_, pids);
    for (ServerMemory& memory : memory_) {
        keep_only(memory.seen_in, pids);
        keep_only(memory.weight_said, pids);
    }
}

std::vector<std::string> HaproxyBalancer::warnings(const ServerPlaces& shown) const {
    std::vector<std::string> warnings = rows_.warnings();
    if (auto text = fleet_->warning(); !text.empty()) {
        warnings.push_back(std::move(text));
    }
    warnings.insert(warnings.end(), hints_.begin(), hints_.end());
    if (!without_lua_.empty()) {
        warnings.emplace_back(
            "an old worker does not know the Lua command: drains wait until it has exited; "
            "`lua-load lbdrain.lua` in haproxy.cfg's global section spares that");
    }
    for (std::size_t i = 0; i < servers_.size(); ++i) {
        const std::string name = servers_[i].service + "/" + servers_[i].server;
        if (!memory_[i].weight_problem.empty()) {
            warnings.push_back(name + ": " + memory_[i].weight_problem);
        }
        const auto& places = shown.of(servers_[i].service, servers_[i].server);
        const bool ramped = std::ranges::any_of(memory_[i].weight_said,
                                                [](const auto& said) { return said.second < 100; });
        if (ramped && !places.empty() && places.back().state->srv_iweight < 10) {
            warnings.push_back(name + ": a weight of " +
                               std::to_string(places.back().state->srv_iweight) +
                               " in haproxy.cfg leaves little room for a slow start; use 100");
        }
    }
    return warnings;
}

Snapshot HaproxyBalancer::poll(std::span<const Wanted> wanted) {
    Snapshot snapshot;
    snapshot.begun = boot_now();
    snapshot.version = version_;
    snapshot.counting = fleet_->counting();
    if (wanted.size() != servers_.size()) {
        snapshot.error = "asked about another number of servers";
        return snapshot;
    }
    auto view = look();
    std::optional<ServerPlaces> shown;
    if (view) {
        shown.emplace(*view);
        rows_.judge_new_workers(*shown, boot_now());
    }
    rows_.sync(wanted, shown ? &*shown : nullptr, boot_now());
    if (shown && tell(wanted, *shown, boot_now())) {
        shown.reset();
        view = look();
        if (view) {
            shown.emplace(*view);
        }
    }
    if (!view) {
        for (ServerMemory& memory : memory_) {
            memory.out_in.reset();
        }
        snapshot.error = view.error().message;
        snapshot.warnings = rows_.warnings();
        return snapshot;
    }
    forget_gone_workers(*view);
    look_for_hints(view->generation);
    snapshot.reachable = true;
    snapshot.version = version_;
    for (const haproxy::WorkerView& worker : view->workers) {
        ++(worker.info.stopping ? snapshot.stopping : snapshot.workers);
    }
    const Millis now = boot_now();
    for (std::size_t i = 0; i < servers_.size(); ++i) {
        const auto& places = shown->of(servers_[i].service, servers_[i].server);
        snapshot.servers.push_back(see(wanted[i], places, *view, memory_[i], rules(now)));
    }
    if (const auto loaded = rows_.loaded_text(); !loaded.empty()) {
        snapshot.counting += "; " + loaded;
    }
    snapshot.warnings = warnings(*shown);
    return snapshot;
}

}  // namespace lbdrain::agent
