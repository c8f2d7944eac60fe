// The agent's core: every server's drain sequence, driven by what the balancers show, what the
// hooks report and what the API commands. No I/O, no clock, no threads in it: see outside.hpp.
//
// One thread. `now` is CLOCK_BOOTTIME in milliseconds, the clock of the journal's times. The
// configuration must outlive it.
//
// How a zero is believed: a round is complete when every balancer was polled, with all that is
// wanted now, since the round before; only rounds move a draining sequence. So `settle` lies
// between two real looks at each balancer, and one that hangs cannot stand for a zero.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "api/backend.hpp"
#include "config/config.hpp"
#include "core/outside.hpp"
#include "core/server.hpp"

namespace lbdrain::agent {

class Drains {
  public:
    // `records`: the journal's; those of servers that are not configured are left out (and told).
    // `first_id`: no sequence had it or a higher one; milliseconds of Unix time will do.
    Drains(const AgentConfig& config, std::vector<ServerRecord> records, Outside& outside,
           std::uint64_t first_id);
    // Tells the outside where everything stands: answers, what is wanted, hooks to carry on with.
    void begin(Millis now);

    // What each balancer has to know, in the order of its indexes.
    const std::vector<std::vector<BalancerServer>>& balancer_servers() const noexcept {
        return balancer_servers_;
    }
    std::vector<Wanted> wanted(std::size_t balancer) const;

    std::expected<Taken, api::Problem> command(std::string_view service, std::string_view server,
                                               api::Action action,
                                               const api::CommandRequest& request, Millis now);
    void seen(std::size_t balancer, const Snapshot& snapshot, Millis now);
    void run_news(ServerIndex server, Run run, RunStatus status, const std::string& text,
                  Millis now);
    // The share that its own load leaves it, in percent; said by agent-check alone.
    void set_load(ServerIndex server, unsigned percent, Millis now);
    // What time alone brings about. To be called again after the returned time at the latest.
    Millis tick(Millis now);

    // For a new configuration; those of servers that this one does not have among them.
    std::vector<ServerRecord> records() const;

    const std::vector<Server>& servers() const noexcept { return servers_; }
    const Server* find(std::string_view service, std::string_view server) const noexcept;
    // The same, with what to say when there is none; never null.
    std::expected<const Server*, api::Problem> server(std::string_view service,
                                                      std::string_view server) const;
    // Everything but the program's own version.
    api::StatusView status(Millis now, Millis unix_now) const;
    api::ServerView view(const Server& server, Millis now, Millis unix_now) const;

  private:
    struct BalancerSeen {
        Snapshot snapshot;  // without its servers
        bool looked = false;
    };

    ServerIndex index_of(const Server& server) const noexcept {
        return static_cast<ServerIndex>(&server - servers_.data());
    }
    const Server* holder(const Server& server) const noexcept;
    void owe_new_balancers(Server& server);
    bool owes_readmission(const Server& server) const;
    bool out_by_hand(const Server& server) const;

    // What would forbid the command; core/refusals.cpp.
    std::optional<api::Problem> conflict(const Server& server, api::Action action) const;
    std::optional<api::Problem> uncountable(const Server& server) const;
    std::optional<api::Problem> guard(const Server& leaving, bool stops) const;
    std::optional<api::Problem> guards(const Server& server, bool stops) const;
    ServerRecord taken_over(const Server& server) const;
    struct Held {
        ServerIndex server;
        ServerRecord record;
    };
    std::expected<std::vector<Held>, api::Problem> save_siblings(const Server& server,
                                                                 const ServerRecord& after);

    // Looks and rounds; core/rounds.cpp.
    bool take_seen(Place& place, const Snapshot& snapshot) const;
    void confirm_readmission(Server& server, Place& place, Millis now);
    template <typename Visit>
    void each_counted(const Server& server, Visit&& visit) const;
    bool round_complete(const Server& server) const;
    void round(Server& server, Millis now);
    void escalate(Server& server, Millis now);
    Observation observe(const Server& server) const;
    void advance_server(Server& server, Observation seen, Millis now);

    // What follows from a state; core/effects.cpp.
    // Saves, then does; false: it could not be saved, and nothing has changed.
    bool commit(Server& server, ServerRecord record, Millis now);
    bool save(Server& server, const ServerRecord& record);
    void leave(const Server& server, ServerRecord& record) const;
    void apply(Server& server, Millis now);
    void apply_one(Server& server, Millis now);
    void apply_run(Server& server, Millis now);
    Rotation rotation_of(const Server& server, const Place& place) const;
    agent_check::Answer answer_of(const Server& server, Millis now) const;
    void log_change(const Server& server, const Sequence& before, const Sequence& after);

    const AgentConfig& config_;
    Outside& outside_;
    std::vector<Server> servers_;
    std::vector<ServerRecord> unconfigured_;
    std::vector<BalancerSeen> balancers_;
    std::vector<std::vector<BalancerServer>> balancer_servers_;
    std::vector<std::vector<ServerIndex>> on_balancer_;  // balancer's index -> ours
    std::uint64_t next_id_ = 1;
};

}  // namespace lbdrain::agent
