// Commands, and everything that may forbid one: nothing changes on a refused request.
#include <algorithm>

#include "core/drains.hpp"
#include "lbdrain/api/command.hpp"
#include "lbdrain/guard.hpp"

namespace lbdrain::agent {
namespace {

using api::Action;
using api::Problem;
using api::ProblemCode;
using api::stops_process;

bool leaves_rotation(Action action) noexcept {
    return action != Action::start && action != Action::ready;
}

Problem journal_problem() {
    return Problem{ProblemCode::internal,
                   "the agent's journal cannot be written (see its log): nothing was changed"};
}

}  // namespace

// Would enough servers of the service go on taking traffic without this one, or without its
// process?
std::optional<Problem> Drains::guard(const Server& leaving, bool stops) const {
    Capacity capacity;
    capacity.min_ready = leaving.service->min_ready;
    for (const Server& other : servers_) {
        const bool stays =
            &other != &leaving && !(stops && other.config->address == leaving.config->address);
        const bool counts = stays && other.service == leaving.service && holder(other) == nullptr &&
                            takes_traffic(other);
        capacity.ready_others += counts ? 1U : 0U;
    }
    const Verdict verdict = check_capacity(capacity);
    if (verdict == Verdict::allowed) {
        return std::nullopt;
    }
    return Problem{verdict == Verdict::last_ready_server ? ProblemCode::last_ready_server
                                                         : ProblemCode::min_ready,
                   "service \"" + leaving.service->name + "\": " + explain(verdict, capacity)};
}

// The guard of every service that would lose the server. One that gets no traffic is no loss.
std::optional<Problem> Drains::guards(const Server& server, bool stops) const {
    const auto ask = [&](const Server& leaving) -> std::optional<Problem> {
        return may_take_traffic(leaving) && holder(leaving) == nullptr ? guard(leaving, stops)
                                                                       : std::nullopt;
    };
    auto problem = ask(server);
    for (std::size_t i = 0; stops && !problem && i < server.siblings.size(); ++i) {
        problem = ask(servers_[server.siblings[i]]);
    }
    return problem;
}

// A drain that nobody can count would wait for its deadline: said before anything is changed.
std::optional<Problem> Drains::uncountable(const Server& server) const {
    if (server.places.empty()) {
        return Problem{ProblemCode::balancer_unreachable,
                       "service \"" + server.service->name +
                           "\" names no balancer whose requests could be counted"};
    }
    for (const Place& place : server.places) {
        const std::string& name = config_.balancers[place.balancer].name;
        if (!place.reachable) {
            const std::string why = place.looked < 0 ? "it was not looked at yet"
                                                     : balancers_[place.balancer].snapshot.error;
            return Problem{ProblemCode::balancer_unreachable,
                           "balancer \"" + name + ("\" cannot be read: " + why)};
        }
        if (!place.seen.known) {
            const BalancerServer& there = balancer_servers_[place.balancer][place.index];
            return Problem{ProblemCode::unknown_server, "balancer \"" + name +
                                                            "\" has no server \"" + there.service +
                                                            "/" + there.server + "\""};
        }
    }
    return std::nullopt;
}

// Another server's sequence that stands in the way: it holds this process, or would be held by us.
// Two may hold it since a reload of the configuration: then each can come back, and the last does.
std::optional<Problem> Drains::conflict(const Server& server, Action action) const {
    const bool comes_back = !leaves_rotation(action) && holds_process(server.record);
    if (const Server* by = comes_back ? nullptr : holder(server)) {
        return Problem{
            ProblemCode::sequence_running,
            "the same address is held out of rotation by the sequence of " + by->label()};
    }
    for (const ServerIndex sibling : server.siblings) {
        if (stops_process(action) && running(servers_[sibling].sequence())) {
            return Problem{ProblemCode::sequence_running, "a sequence is running on " +
                                                              servers_[sibling].label() +
                                                              ", which has the same address"};
        }
    }
    if (stops_process(action) && !server.config->stop) {
        return Problem{ProblemCode::bad_request, server.label() + " has no stop hook"};
    }
    return std::nullopt;
}

// Their places are taken out too, and have to be put back whatever happens to this agent. What was
// saved of them; it is theirs once the command has been saved too.
std::expected<std::vector<Drains::Held>, Problem> Drains::save_siblings(const Server& server,
                                                                        const ServerRecord& after) {
    std::vector<Held> held;
    if (!holds_process(after) || holds_process(server.record)) {
        return held;
    }
    for (const ServerIndex index : server.siblings) {
        Server& sibling = servers_[index];
        if (!in_rotation(sibling.sequence().state)) {
            continue;
        }
        held.push_back({index, sibling.record});
        leave(sibling, held.back().record);
        if (!save(sibling, held.back().record)) {
            return std::unexpected(journal_problem());
        }
    }
    return held;
}

std::expected<const Server*, Problem> Drains::server(std::string_view service,
                                                     std::string_view name) const {
    if (const Server* found = find(service, name)) {
        return found;
    }
    const bool known = std::ranges::any_of(
        config_.services, [&](const ServiceConfig& each) { return each.name == service; });
    if (!known) {
        return std::unexpected(Problem{ProblemCode::unknown_service,
                                       "no service is named \"" + std::string(service) + "\""});
    }
    return std::unexpected(Problem{
        ProblemCode::unknown_server,
        "service \"" + std::string(service) + "\" has no server \"" + std::string(name) + "\""});
}

// `ready` with force: what somebody took out by hand is ours to put back from now on.
ServerRecord Drains::taken_over(const Server& server) const {
    ServerRecord record = server.record;
    for (const Place& place : server.places) {
        const std::string& name = config_.balancers[place.balancer].name;
        if (record.by_hand.erase(name) != 0 || (place.reachable && place.seen.by_hand)) {
            record.readmit.insert(name);
        }
    }
    return record;
}

std::expected<Taken, Problem> Drains::command(std::string_view service, std::string_view name,
                                              Action action, const api::CommandRequest& request,
                                              Millis now) {
    const auto found = this->server(service, name);
    if (!found) {
        return std::unexpected(found.error());
    }
    Server& server = servers_[index_of(**found)];
    if (auto problem = conflict(server, action)) {
        return std::unexpected(*problem);
    }
    const bool takes_over = action == Action::ready && request.force;
    ServerRecord record = takes_over ? taken_over(server) : server.record;
    const auto accepted =
        lbdrain::command(record.sequence,
                         api::make_command(server.sequence(), policy_of(server),
                                           server.config->start.has_value(), action, request),
                         next_id_, now);
    if (!accepted) {
        return std::unexpected(api::problem_of(accepted.error()));
    }
    const bool changes = *accepted == Accepted::started || *accepted == Accepted::extended;
    if (changes && leaves_rotation(action) && (!request.force || server.places.empty())) {
        // A process that is stopped is only started.
        const bool counts =
            action != Action::down && server.sequence().state != ServerState::stopped;
        auto problem = counts ? uncountable(server) : std::nullopt;
        for (std::size_t i = 0;
             counts && stops_process(action) && !problem && i < server.siblings.size(); ++i) {
            problem = uncountable(servers_[server.siblings[i]]);
        }
        if (!problem && !request.force) {
            problem = guards(server, stops_process(action));
        }
        if (problem) {
            return std::unexpected(*problem);
        }
    }
    if (changes) {
        ++next_id_;
        auto held = save_siblings(server, record);
        if (!held) {
            return std::unexpected(held.error());
        }
        if (!commit(server, std::move(record), now)) {
            return std::unexpected(journal_problem());
        }
        for (Held& sibling : *held) {
            servers_[sibling.server].record = std::move(sibling.record);
        }
    } else if (record.readmit != server.record.readmit) {
        if (!commit(server, std::move(record), now)) {
            return std::unexpected(journal_problem());
        }
    }
    const Sequence& sequence = server.sequence();
    const bool waits = *accepted != Accepted::already;
    return Taken{*accepted, waits ? (sequence.id != 0 ? sequence.id : sequence.last.id) : 0};
}

}  // namespace lbdrain::agent
