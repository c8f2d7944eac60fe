// The whole of it, real: an NGINX with the module and a HAProxy with its agent before the same
// replicas, and drainctl with both as targets. Service "up"; the agent calls the servers s0, s1...,
// NGINX knows their addresses. The hooks are the agent's: requests to `control`, which kills and
// starts replicas.
#pragma once

#include <gmock/gmock.h>

#include <memory>
#include <string>
#include <vector>

#include "agent_process.hpp"
#include "drain_fixture.hpp"
#include "haproxy.hpp"
#include "load.hpp"

namespace lbdrain::test {

class CtlFleet {
  public:
    explicit CtlFleet(int replicas, const std::string& drain = "settle: 50ms, timeout: 20s");

    testing::AssertionResult start();

    // drainctl ARGS... with both targets, or with those that `args` name.
    ProcessOptions drainctl(const std::vector<std::string>& args) const;
    CommandResult run(const std::vector<std::string>& args) const {
        return run_command(drainctl(args));
    }

    std::string nginx_api() const;
    std::string agent_api() const { return "unix:" + agent.socket(); }
    Endpoint haproxy_port() const { return Endpoint::tcp(port_); }

    // "ready/ready": in NGINX and in the agent.
    std::string states(std::size_t i) const;
    // A request through NGINX that its replica holds until release().
    std::unique_ptr<HttpCall> hold(std::size_t i);

    DrainNginx nginx;
    Replica control{"control"};
    TempDir directory;

  private:
    HaproxyOptions haproxy_options() const;
    std::string yaml(const std::string& drain) const;

    std::uint16_t port_ = free_port();
    std::uint16_t check_port_ = free_port();

  public:
    Haproxy haproxy;
    AgentProcess agent;
};

}  // namespace lbdrain::test
