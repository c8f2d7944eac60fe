// The processes of a HAProxy that has no master socket.
//
// The stats socket is answered by the newest process alone, so every process that ever answered is
// held by a connection that it goes on answering after a reload. Such a connection keeps an old
// process alive; it is dropped once that process has no connection left, for then it can route
// nothing any more.
//
// Which processes there are only the process table of this machine can tell: some are from before
// our first contact, or came and went between two looks. One that runs and is not held cannot be
// counted, so nothing is called complete until it has exited; and when HAProxy is not on this
// machine, nothing ever is.
#pragma once

#include <map>
#include <set>

#include "balancer/fleet.hpp"
#include "balancer/process_table.hpp"
#include "lbdrain/sequence.hpp"
#include "runtime/held_worker.hpp"
#include "runtime/runtime_api.hpp"

namespace lbdrain::agent {

class HeldFleet : public Fleet {
  public:
    // `limit`: milliseconds, for each exchange.
    HeldFleet(haproxy::Endpoint stats_socket, Millis limit);

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
    std::string warning() const override;

  private:
    std::expected<pid_t, haproxy::Error> hold_newest();
    void drop_idle(FleetView& view);
    std::string doubt_of(pid_t newest);

    haproxy::Endpoint endpoint_;
    std::chrono::milliseconds limit_;
    haproxy::RuntimeApi live_;
    std::map<pid_t, haproxy::HeldWorker> held_;
    std::set<ProcessId> idle_;  // let go: they have nothing left
};

}  // namespace lbdrain::agent
