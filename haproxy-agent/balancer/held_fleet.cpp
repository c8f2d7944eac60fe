#include "balancer/held_fleet.hpp"

#include <algorithm>
#include <chrono>
#include <utility>

#include "balancer/weights.hpp"

namespace lbdrain::agent {
namespace {

using haproxy::Error;
using haproxy::ErrorCode;

bool can_route_nothing(const haproxy::WorkerView& worker) {
    return worker.info.stopping && worker.info.current_connections == 0 &&
           std::ranges::all_of(worker.backends, [](const haproxy::BackendView& backend) {
               return std::ranges::all_of(backend.stats, [](const haproxy::ServerStat& stat) {
                   return stat.in_flight() == 0;
               });
           });
}

}  // namespace

HeldFleet::HeldFleet(haproxy::Endpoint stats_socket, Millis limit)
    : endpoint_(std::move(stats_socket)), limit_(limit), live_(endpoint_, limit_) {}

std::expected<pid_t, Error> HeldFleet::hold_newest() {
    auto newest = haproxy::HeldWorker::open(endpoint_, limit_);
    if (!newest) {
        return std::unexpected(std::move(newest.error()));
    }
    const pid_t pid = newest->pid();
    const auto known = held_.find(pid);
    if (known == held_.end() || !known->second.usable()) {
        held_.insert_or_assign(pid, std::move(*newest));
    }
    return pid;
}

void HeldFleet::drop_idle(FleetView& view) {
    std::erase_if(view.workers, [&](const haproxy::WorkerView& worker) {
        if (!can_route_nothing(worker)) {
            return false;
        }
        const pid_t pid = worker.info.pid;
        if (const auto siblings = siblings_of(pid)) {
            const auto self = std::ranges::find(*siblings, pid, &ProcessId::pid);
            if (self != siblings->end()) {
                idle_.insert(*self);
            }
        }
        held_.erase(pid);
        return true;
    });
}

std::string HeldFleet::doubt_of(pid_t newest) {
    // Elsewhere a pid means another process.
    const auto siblings = endpoint_.is_unix()
                              ? siblings_of(newest)
                              : std::unexpected(endpoint_.to_string() + " may be another machine");
    if (!siblings) {
        return "what old processes of this HAProxy carry cannot be known: no master_socket is set, "
               "and " +
               siblings.error();
    }
    std::erase_if(idle_, [&](const ProcessId& idle) {
        return std::ranges::find(*siblings, idle) == siblings->end();
    });
    for (const ProcessId& one : *siblings) {
        if (!held_.contains(one.pid) && !idle_.contains(one)) {
            return "process " + std::to_string(one.pid) +
                   " of this HAProxy is not ours to count (from before the agent, or starting); "
                   "waiting until it has exited or answers";
        }
    }
    return {};
}

std::expected<FleetView, Error> HeldFleet::look(const std::vector<std::string>& backends) {
    const auto newest = hold_newest();
    if (!newest) {
        return std::unexpected(newest.error());
    }
    FleetView view;
    for (auto at = held_.begin(); at != held_.end();) {
        auto worker = at->second.look(backends);
        if (worker) {
            view.workers.push_back(std::move(*worker));
            ++at;
            continue;
        }
        if (at->first == *newest) {
            held_.erase(at);
            return std::unexpected(std::move(worker.error()));
        }
        // Gone with its process, as a rule; if not, doubt_of() finds it.
        if (worker.error().code == ErrorCode::timeout) {
            view.doubt = "process " + std::to_string(at->first) + ": " + worker.error().message;
        }
        at = held_.erase(at);
    }
    drop_idle(view);
    for (const haproxy::WorkerView& worker : view.workers) {
        view.generation.workers.push_back({worker.info.pid, worker.info.stopping});
    }
    // Last, so that a process that came up meanwhile is found.
    if (view.doubt.empty()) {
        view.doubt = doubt_of(*newest);
    }
    return view;
}

std::expected<void, Error> HeldFleet::set_state(pid_t pid, std::string_view backend,
                                                std::string_view server,
                                                haproxy::ServerCommand command) {
    const auto confirmed = live_.set_server_state(backend, server, command);
    if (!confirmed) {
        return std::unexpected(confirmed.error());
    }
    if (confirmed->pid != pid) {
        return std::unexpected(Error{ErrorCode::generation_changed,
                                     "process " + std::to_string(confirmed->pid) + " took it"});
    }
    return {};
}

std::expected<void, Error> HeldFleet::set_weight(pid_t pid, std::string_view backend,
                                                 std::string_view server, std::uint32_t percent) {
    return confirm_weight(live_.set_weight_percent(backend, server, percent), pid);
}

std::expected<void, Error> HeldFleet::call_lua(pid_t pid, std::string_view backend,
                                               std::string_view server,
                                               haproxy::ServerCommand command) {
    const auto held = held_.find(pid);
    if (held == held_.end()) {
        return std::unexpected(Error{ErrorCode::no_such_process, "not held"});
    }
    return held->second.call_lua(lua_word, backend, server, command);
}

std::string HeldFleet::counting() const {
    return "requests and queue of the processes that are held by a connection, and no other "
           "process of this HAProxy in /proc";
}

std::string HeldFleet::warning() const {
    return "no master_socket is set: after a reload a drain can be held up by processes that the "
           "agent has never spoken to; start HAProxy with -W -S and name that socket";
}

}  // namespace lbdrain::agent
