// The chaos harness: continuous load over several upstreams while replicas are drained, SIGKILLed,
// restarted and readmitted, and NGINX itself is reloaded, upgraded or loses workers. It runs with
// our module, or with naive draining (`down` in the zone, wait for the zone's `conns`): a harness
// that finds nothing with either would prove nothing.
//
// A rig belongs to one thread.
#pragma once

#include <array>
#include <atomic>
#include <functional>
#include <memory>
#include <ostream>
#include <random>
#include <string>
#include <vector>

#include "load.hpp"
#include "nginx.hpp"
#include "replica.hpp"

namespace lbdrain::test {

enum class Draining { lbdrain, naive };

// What happens to NGINX meanwhile; each step takes one of these at random, by its share.
struct ChaosPlan {
    unsigned seed = 1;
    int steps = 30;          // of chaos
    int restarts_least = 8;  // it goes on, calmly, until so many restarts were made
    int reload_share = 1;
    int upgrade_share = 0;
    int kill_share = 0;
    Millis pause_max{600};  // between two steps
};

struct ChaosResult {
    LoadReport load;
    int restarts = 0;
    int stuck = 0;  // drains that reached their deadline
    int reloads = 0;
    int upgrades = 0;
    int kills = 0;
    std::int64_t cut_at_replicas = 0;  // requests that a replica was answering when it was killed
    std::vector<std::int64_t> restart_ms;
    std::vector<std::string> surprises;  // answers of the API that should not be
};

std::ostream& operator<<(std::ostream& out, const ChaosResult& result);

class ChaosRig {
  public:
    explicit ChaosRig(Draining draining);

    ChaosResult run(const ChaosPlan& plan);
    Nginx& nginx() { return nginx_; }

  private:
    std::string http() const;
    std::string upstreams() const;
    NginxOptions options() const;
    LoadOptions load_options(unsigned seed) const;

    void control(const std::string& target);
    void restart_loop(const Load& load, unsigned seed);
    void restart(Replica& replica, ChaosResult& result);
    void restart_naive(Replica& replica, ChaosResult& result);
    void chaos_step(std::mt19937& random, const ChaosPlan& plan);

    Draining draining_;
    std::array<Replica, 3> replicas_{Replica("a"), Replica("b"), Replica("c")};
    Replica control_{"control"};  // the stop and start hooks are requests to it
    std::uint16_t port_ = free_port();
    ChaosResult result_;
    std::atomic<int> restarts_{0};
    std::atomic<bool> over_{false};
    Nginx nginx_;
};

}  // namespace lbdrain::test
