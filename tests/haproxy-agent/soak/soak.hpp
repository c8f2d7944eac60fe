// The soak harness: continuous streaming load through a real HAProxy while replicas are drained,
// SIGKILLed, started again and readmitted, HAProxy is reloaded at random moments and the agent is
// killed. It runs with drain-agent, with the Lua command or without, or with naive draining (CLI
// drain, wait for scur 0 on the stats socket): a harness that finds nothing with either would prove
// nothing.
//
// A rig belongs to the test's main thread.
#pragma once

#include <array>
#include <atomic>
#include <memory>
#include <ostream>
#include <random>
#include <string>
#include <vector>

#include "agent_process.hpp"
#include "haproxy.hpp"
#include "load.hpp"
#include "replica.hpp"

namespace lbdrain::test {

enum class SoakMode { lua, wait_for_exit, naive };

struct SoakPlan {
    unsigned seed = 1;
    int steps = 12;          // of chaos: reloads and kills of the agent
    int restarts_least = 6;  // it goes on, calmly, until so many restarts were made
    int reload_share = 1;
    int agent_kill_share = 0;
    Millis pause_min{600};  // between two steps
    Millis pause_max{2000};
};

struct SoakResult {
    LoadReport load;
    int restarts = 0;
    int stuck = 0;  // drains that reached their deadline
    int reloads = 0;
    int agent_kills = 0;
    std::int64_t cut_at_replicas = 0;  // requests that a replica was answering when it was killed
    std::vector<std::int64_t> restart_ms;
    std::vector<std::string> surprises;  // answers of the API that should not be
};

std::ostream& operator<<(std::ostream& out, const SoakResult& result);

class SoakRig {
  public:
    explicit SoakRig(SoakMode mode);

    SoakResult run(const SoakPlan& plan);
    Haproxy& haproxy() { return haproxy_; }
    AgentProcess& agent() { return agent_; }

  private:
    HaproxyOptions options() const;
    std::string yaml() const;
    std::string stopper() const;

    void control(const std::string& target);
    void restart_loop(const Load& load, unsigned seed);
    void restart(std::size_t i);
    void restart_naive(std::size_t i);
    void chaos_step(std::mt19937& random, const SoakPlan& plan);

    SoakMode mode_;
    std::array<Replica, 3> replicas_{Replica("a"), Replica("b"), Replica("c")};
    Replica control_{"control"};  // the stop and start hooks are requests to it
    std::uint16_t port_ = free_port();
    std::uint16_t check_port_ = free_port();
    Haproxy haproxy_;
    AgentProcess agent_;
    SoakResult result_;
    std::string last_refusal_;  // of the restarting thread, while it runs
    std::atomic<int> restarts_{0};
    std::atomic<bool> over_{false};
};

}  // namespace lbdrain::test
