// Random walks of the agent through two services that share a process, behind two balancers: hung
// and unreachable balancers, old workers, operators, kill -9, a full disk. The rules that no
// request may fail by are checked at every step.
#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <random>
#include <set>
#include <string>
#include <vector>

#include "agent_world.hpp"

namespace lbdrain::agent::test {

struct WalkCounts {
    std::uint64_t commands = 0, refused = 0, stops = 0, cuts = 0, kills = 0, requests = 0;
    std::uint64_t readmissions = 0;
};

class AgentWalk {
  public:
    AgentWalk(std::uint64_t seed, WalkCounts& counts);
    // Empty, or the rule that was broken and what the agent's log said before.
    std::string run(int steps);

  private:
    // What the walk knows of a server at one balancer, beside what the balancer does.
    struct There {
        std::vector<Millis> requests;  // when each will be answered
        Millis old_worker_ends = 0;    // until then one from before a reload may go on routing
        bool touched_by_hand = false;
        Millis zero_from = -1;   // end of the first look of an unbroken row of zeros in MAINT
        Millis zero_until = -1;  // beginning of the last one
    };
    struct Process {
        bool alive = true;
        bool excused = false;  // it was asked for that requests may meet it dead
    };
    struct HookRun {
        RunAsked asked;
        Millis ends = 0;
        RunStatus fate = RunStatus::succeeded;
    };
    struct Place {
        std::size_t balancer;
        std::size_t index;
        ServerIndex server;
    };

    bool percent(int chance) { return below(100) < static_cast<std::uint64_t>(chance); }
    std::uint64_t below(std::uint64_t end) { return random_() % end; }
    void rule(bool holds, const std::string& text);
    void step();
    void traffic();
    void trouble();
    void looks();
    void deliver(std::size_t balancer);
    void hooks();
    void command();
    void restart();
    void on_run(const RunAsked& asked);
    void check_stop(const RunAsked& asked);
    void check_states();
    void heal();
    Process& process(ServerIndex server) {
        return processes_[world_.drains->servers()[server].config->address];
    }
    There& there(const Place& place) { return there_[{place.balancer, place.index}]; }
    FakeBalancer::Server& at(const Place& place) {
        return world_.balancers[place.balancer].servers[place.index];
    }

    std::mt19937_64 random_;
    WalkCounts& counts_;
    AgentWorld world_;
    std::vector<Place> places_;
    std::map<std::pair<std::size_t, std::size_t>, There> there_;
    std::map<std::string, Process> processes_;
    std::map<std::string, HookRun> hook_runs_;  // by run id and server: what a run file knows
    std::set<std::string> going_;               // of this life of the agent
    std::vector<std::optional<Snapshot>> pending_;
    bool healing_ = false;
    std::string broken_;
};

}  // namespace lbdrain::agent::test
