// The processes of a HAProxy in master-worker mode, through its master socket: every process is in
// the master's table, so a look that the table frames misses none.
#pragma once

#include "balancer/fleet.hpp"
#include "lbdrain/sequence.hpp"
#include "runtime/endpoint.hpp"
#include "runtime/runtime_api.hpp"

namespace lbdrain::agent {

class MasterFleet : public Fleet {
  public:
    // `limit`: milliseconds, for each call.
    MasterFleet(haproxy::Endpoint master_socket, haproxy::Endpoint stats_socket, Millis limit);

    std::expected<FleetView, haproxy::Error> look(
        const std::vector<std::string>& backends) override;
    std::expected<void, haproxy::Error> set_state(pid_t pid, std::string_view backend,
                                                  std::string_view server,
                                                  haproxy::ServerCommand command) override;
    std::expected<void, haproxy::Error> set_weight(pid_t pid, std::string_view backend,
                                                   std::string_view server,
                                                   std::uint32_t percent) override;
    std::expected<void, haproxy::Error> call_lua(pid_t pid, std::string_view backend,
                                                 std::string_view server,
                                                 haproxy::ServerCommand command) override;
    std::string counting() const override;
    std::string warning() const override { return {}; }

  private:
    haproxy::MasterApi master_;
    haproxy::RuntimeApi live_;  // for weights only
};

}  // namespace lbdrain::agent
