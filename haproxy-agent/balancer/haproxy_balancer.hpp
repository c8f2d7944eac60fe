// A HAProxy as a Balancer.
//
// Each poll: look at every process; write the state-file rows of what is wanted; tell each process
// that is not there yet; look again if anybody was told. So a worker that a reload brought up
// without the drain gets it by the next poll, and so does a HAProxy that was started anew.
#pragma once

#include <memory>
#include <optional>
#include <set>
#include <string>
#include <vector>

#include "balancer/balancer.hpp"
#include "balancer/config_hints.hpp"
#include "balancer/fleet.hpp"
#include "balancer/row_keeper.hpp"
#include "balancer/server_plan.hpp"
#include "config/config.hpp"

namespace lbdrain::agent {

class HaproxyBalancer : public Balancer {
  public:
    // With any fleet: for tests. `timeout`: milliseconds, of each exchange with HAProxy.
    HaproxyBalancer(std::unique_ptr<Fleet> fleet, const HaproxyConfig& config,
                    std::vector<BalancerServer> servers);

    // By its sockets. Error: an endpoint that cannot be one.
    static std::expected<std::unique_ptr<Balancer>, std::string> make(
        const HaproxyConfig& config, Millis timeout, std::vector<BalancerServer> servers);

    // `wanted` has one entry for each server, by index.
    Snapshot poll(std::span<const Wanted> wanted) override;

  private:
    std::expected<FleetView, haproxy::Error> look();
    bool tell(std::span<const Wanted> wanted, const ServerPlaces& shown, Millis now);
    bool carry_out(std::size_t index, const Action& action);
    void look_for_hints(const haproxy::Generation& generation);
    void forget_gone_workers(const FleetView& view);
    PlanRules rules(Millis now) const { return {old_workers_, &without_lua_, now}; }
    std::vector<std::string> warnings(const ServerPlaces& shown) const;

    std::unique_ptr<Fleet> fleet_;
    OldWorkers old_workers_;
    std::vector<BalancerServer> servers_;
    std::vector<std::string> backends_;
    RowKeeper rows_;
    std::vector<ServerMemory> memory_;
    std::set<pid_t> without_lua_;
    std::string version_;
    std::optional<ConfigHints> config_hints_;
    std::optional<haproxy::Generation> hinted_;  // whose configuration `hints_` are of
    std::vector<std::string> hints_;
};

}  // namespace lbdrain::agent
