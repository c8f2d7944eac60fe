// A real HAProxy before two replicas, and a real drain-agent that drains them: backend "be",
// servers s1 and s2. The hooks are requests to `control`, which kills and starts the replicas.
#pragma once

#include <gtest/gtest.h>

#include <array>
#include <memory>
#include <string>

#include "agent_process.hpp"
#include "api_reply.hpp"
#include "haproxy.hpp"
#include "http_call.hpp"
#include "http_client.hpp"
#include "replica.hpp"

namespace lbdrain::test {

inline constexpr int maint_bit = 1;  // of srv_admin_state, set by `state maint`

class DaemonTest : public testing::Test {
  protected:
    DaemonTest();

    void SetUp() override {
        ASSERT_TRUE(haproxy.start());
        ASSERT_TRUE(agent.start());
    }

    // agent.yaml below `listen`; `drain` are the members of services.be.drain.
    std::string yaml(const std::string& drain = "settle: 50ms, timeout: 20s") const;
    std::string listen() const;

    int admin(const std::string& server) const;
    bool wait_for_admin(const std::string& server, int bits) const {
        return eventually(long_enough, [&] { return admin(server) == bits; });
    }
    // A member of what the agent saw of the server at HAProxy, say "by_hand".
    bool at_balancer(const std::string& server, const std::string& member) const;

    // Streams held by the replicas, so that something is in flight at each.
    std::unique_ptr<HttpCall> hold_one(Replica& replica);

    std::array<Replica, 2> replicas{Replica("s1"), Replica("s2")};
    Replica control{"control"};
    std::uint16_t port = free_port();
    std::uint16_t check_port = free_port();
    Haproxy haproxy;
    AgentProcess agent;
};

}  // namespace lbdrain::test
