// An NGINX with the drain module, driven through its drain API.
//
// Out of rotation is a drain of the module's own, without its guard (`force`), settle and deadline:
// those are the agent's. So the module shows who took the server out, counts what is in flight
// in every worker of every generation, and keeps the server out through reloads, upgrades and
// deaths until it is told `ready`. `drain` and `maint` are the same here: the module lets no
// request with a cookie through either.
#pragma once

#include <string>
#include <vector>

#include "balancer/balancer.hpp"
#include "config/config.hpp"
#include "nginx/drain_api.hpp"

namespace lbdrain::agent {

class NginxBalancer : public Balancer {
  public:
    // `timeout` is that of a poll, all its requests together.
    NginxBalancer(NginxConfig config, std::vector<BalancerServer> servers, Millis timeout);

    Snapshot poll(std::span<const Wanted> wanted) override;

  private:
    struct Poll;

    Seen look(Poll& poll, std::size_t index, const api::ServerView& server, const Wanted& wanted);

    DrainApi api_;
    std::vector<BalancerServer> servers_;
    Millis timeout_;
};

}  // namespace lbdrain::agent
