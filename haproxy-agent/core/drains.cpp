#include "core/drains.hpp"

#include <algorithm>
#include <map>
#include <unordered_map>

namespace lbdrain::agent {
namespace {

// While something runs: for time limits, weights, and a balancer that does not answer.
constexpr Millis busy_interval = 200;
constexpr Millis idle_interval = 5000;
// A drain's deadline is looked at with every round; only when no round comes does time alone do it.
constexpr Millis deadline_grace = 1000;
constexpr Millis round_patience = 5000;

using Name = std::pair<std::string, std::string>;

std::map<Name, ServerRecord> by_name(std::vector<ServerRecord> records) {
    std::map<Name, ServerRecord> found;
    for (ServerRecord& record : records) {
        Name name{record.service, record.server};
        found.insert_or_assign(std::move(name), std::move(record));
    }
    return found;
}

ServerRecord new_record(const std::string& service, const std::string& server) {
    ServerRecord record;
    record.service = service;
    record.server = server;
    return record;
}

}  // namespace

Drains::Drains(const AgentConfig& config, std::vector<ServerRecord> records, Outside& outside,
               std::uint64_t first_id)
    : config_(config),
      outside_(outside),
      balancers_(config.balancers.size()),
      balancer_servers_(config.balancers.size()),
      on_balancer_(config.balancers.size()),
      next_id_(first_id) {
    auto known = by_name(std::move(records));
    for (const ServiceConfig& service : config.services) {
        for (const ServerConfig& server_config : service.servers) {
            Server server;
            server.service = &service;
            server.config = &server_config;
            auto record = known.extract(Name{service.name, server_config.name});
            server.record =
                record ? std::move(record.mapped()) : new_record(service.name, server_config.name);
            // A zero that another life of this agent saw is no zero of ours.
            server.sequence().zero_since = -1;
            server.escalated = drains_from_out(server.sequence());
            next_id_ =
                std::max({next_id_, server.sequence().id + 1, server.sequence().last.id + 1});
            for (std::size_t balancer = 0; balancer < config.balancers.size(); ++balancer) {
                const auto there = service.balancers.find(config.balancers[balancer].name);
                if (there != service.balancers.end()) {
                    Place place;
                    place.balancer = balancer;
                    place.index = balancer_servers_[balancer].size();
                    balancer_servers_[balancer].push_back(
                        {there->second, server_config.name, server_config.address});
                    on_balancer_[balancer].push_back(servers_.size());
                    server.places.push_back(place);
                }
            }
            servers_.push_back(std::move(server));
        }
    }
    std::unordered_map<std::string_view, std::vector<ServerIndex>> by_address;
    for (const Server& server : servers_) {
        by_address[server.config->address].push_back(index_of(server));
    }
    for (Server& server : servers_) {
        server.siblings = by_address[server.config->address];
        std::erase(server.siblings, index_of(server));
    }
    for (auto& [name, record] : known) {
        outside_.log(running(record.sequence) || !in_rotation(record.sequence.state)
                         ? LogLevel::warning
                         : LogLevel::info,
                     no_server,
                     "the journal's " + name.first + "/" + name.second + " (" +
                         std::string(to_string(record.sequence.state)) +
                         ") is not configured any more; it is left as it is");
        unconfigured_.push_back(std::move(record));
    }
}

void Drains::begin(Millis now) {
    for (Server& server : servers_) {
        server.round_at = now;  // the first round may still come
        owe_new_balancers(server);
        server.answer = answer_of(server, now);
        outside_.answer(index_of(server), server.answer);
        apply_one(server, now);
    }
}

// A balancer that was configured while the server was out: it is taken out there too, so it has to
// be put back there. Nothing is lost when that cannot be saved: the next start finds it again.
void Drains::owe_new_balancers(Server& server) {
    if (in_rotation(server.sequence().state) && holder(server) == nullptr) {
        return;
    }
    const std::size_t owed = server.record.readmit.size();
    for (const Place& place : server.places) {
        const std::string& name = config_.balancers[place.balancer].name;
        if (!server.record.by_hand.contains(name)) {
            server.record.readmit.insert(name);
        }
    }
    if (server.record.readmit.size() != owed) {
        save(server, server.record);
    }
}

// A balancer that is not configured any more is owed nothing that could be done.
bool Drains::owes_readmission(const Server& server) const {
    return std::ranges::any_of(server.places, [&](const Place& place) {
        return server.record.readmit.contains(config_.balancers[place.balancer].name);
    });
}

bool Drains::out_by_hand(const Server& server) const {
    return std::ranges::any_of(server.places, [&](const Place& place) {
        return server.record.by_hand.contains(config_.balancers[place.balancer].name);
    });
}

std::vector<Wanted> Drains::wanted(std::size_t balancer) const {
    std::vector<Wanted> all(balancer_servers_[balancer].size());
    for (const Server& server : servers_) {
        for (const Place& place : server.places) {
            if (place.balancer == balancer) {
                all[place.index] = place.wanted;
            }
        }
    }
    return all;
}

const Server* Drains::find(std::string_view service, std::string_view name) const noexcept {
    const auto found = std::ranges::find_if(servers_, [&](const Server& server) {
        return server.service->name == service && server.config->name == name;
    });
    return found == servers_.end() ? nullptr : &*found;
}

const Server* Drains::holder(const Server& server) const noexcept {
    for (const ServerIndex sibling : server.siblings) {
        if (holds_process(servers_[sibling].record)) {
            return &servers_[sibling];
        }
    }
    return nullptr;
}

std::vector<ServerRecord> Drains::records() const {
    std::vector<ServerRecord> records;
    records.reserve(servers_.size() + unconfigured_.size());
    for (const Server& server : servers_) {
        records.push_back(server.record);
    }
    records.insert(records.end(), unconfigured_.begin(), unconfigured_.end());
    return records;
}

void Drains::run_news(ServerIndex index, Run run, RunStatus status, const std::string& text,
                      Millis now) {
    if (index >= servers_.size()) {
        return;
    }
    Server& server = servers_[index];
    if (run != server.asked) {  // late; it must not hide what is told of the one that runs
        return;
    }
    server.told = run;
    server.run_status = status;
    server.run_text = text;
    if (server.sequence().state != ServerState::draining) {  // that is for rounds to move
        advance_server(server, observe(server), now);
    }
    outside_.changed(index);
}

void Drains::set_load(ServerIndex index, unsigned percent, Millis now) {
    if (index < servers_.size()) {
        servers_[index].load_percent = percent;
        apply_one(servers_[index], now);
    }
}

Millis Drains::tick(Millis now) {
    bool busy = false;
    for (Server& server : servers_) {
        const Sequence& sequence = server.sequence();
        busy = busy || running(sequence) || owes_readmission(server);
        switch (sequence.state) {
            case ServerState::draining: {
                const Millis grace = server.service->sticky_grace.value_or(default_sticky_grace);
                if (!server.escalated && now - sequence.since >= grace) {
                    escalate(server, now);
                }
                if (!sequence.overdue && now >= sequence.deadline + deadline_grace &&
                    now >= server.round_at + round_patience) {
                    Observation seen = observe(server);
                    seen.complete = seen.complete && round_complete(server);
                    advance_server(server, seen, now);
                }
                break;
            }
            case ServerState::warming:
                advance_server(server, observe(server), now);
                apply(server, now);  // the weight rises
                break;
            case ServerState::stopping:
            case ServerState::starting:
                advance_server(server, {}, now);
                break;
            default:  // waits for a command, not for time
                break;
        }
        const auto answer = answer_of(server, now);
        if (answer != server.answer) {
            server.answer = answer;
            outside_.answer(index_of(server), answer);
        }
    }
    return busy ? busy_interval : idle_interval;
}

}  // namespace lbdrain::agent
