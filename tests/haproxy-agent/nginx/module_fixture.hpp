// A real nginx with the module, and the agent's view of it: replica i of upstream "up" is server i.
#pragma once

#include <gmock/gmock.h>

#include <functional>
#include <string>
#include <vector>

#include "drain_fixture.hpp"
#include "nginx/nginx_balancer.hpp"

namespace lbdrain::agent {

class AgentOfNginx {
  public:
    explicit AgentOfNginx(const test::DrainNginx& nginx, const std::string& location = "/drain",
                          const std::string& token_file = {}, Millis timeout = 20'000)
        : AgentOfNginx(nginx, servers_of(nginx), location, token_file, timeout) {}
    AgentOfNginx(const test::DrainNginx& nginx, const std::vector<BalancerServer>& servers,
                 const std::string& location = "/drain", const std::string& token_file = {},
                 Millis timeout = 20'000)
        : balancer_({"http://127.0.0.1:" + std::to_string(nginx.port()) + location, token_file, ""},
                    servers, timeout),
          wanted_(servers.size()) {}

    static std::vector<BalancerServer> servers_of(const test::DrainNginx& nginx) {
        std::vector<BalancerServer> servers;
        for (std::size_t i = 0; i < nginx.replicas(); ++i) {
            servers.push_back({"up", "gpu-" + std::to_string(i), nginx.address(i)});
        }
        return servers;
    }

    void want(std::size_t i, Rotation rotation) {
        wanted_[i].rotation = rotation;
        ++wanted_[i].revision;
    }
    Snapshot poll() { return balancer_.poll(wanted_); }
    Seen look(std::size_t i) {
        const Snapshot snapshot = poll();
        EXPECT_TRUE(snapshot.reachable) << snapshot.error;
        return snapshot.reachable ? snapshot.servers.at(i) : Seen{};
    }
    Seen look(std::size_t i, Rotation rotation) {
        want(i, rotation);
        return look(i);
    }
    bool wait(std::size_t i, const std::function<bool(const Seen&)>& predicate) {
        return test::eventually(test::long_enough, [&] { return predicate(look(i)); });
    }
    bool wait_for_zero(std::size_t i) {
        return wait(i, [](const Seen& seen) {
            return seen.complete && seen.out && seen.in_flight + seen.queued == 0;
        });
    }

  private:
    NginxBalancer balancer_;
    std::vector<Wanted> wanted_;
};

// How many of these requests came to the replica of this name.
inline int reached(const test::DrainNginx& nginx, const std::string& replica, int requests = 20) {
    int count = 0;
    for (int i = 0; i < requests; ++i) {
        count += nginx.client().get("/?unary=1").header("X-Replica") == replica ? 1 : 0;
    }
    return count;
}

// Requests of which one is held at replica 0: it is in flight when this returns.
struct OneHeld {
    explicit OneHeld(test::DrainNginx& nginx) : nginx_(nginx) {
        nginx_.replica(0).hold();
        while (nginx_.replica(0).in_flight() == 0 && calls_.size() < 20) {
            calls_.push_back(nginx_.client().start({"GET", "/?unary=1"}));
            static_cast<void>(test::eventually(test::long_enough, [&] {
                return nginx_.replica(0).in_flight() > 0 || calls_.back()->done();
            }));
        }
        EXPECT_TRUE(nginx_.replica(0).wait_for_held(1));
    }
    // Lets it go; it must come whole.
    void release() {
        nginx_.replica(0).release();
        EXPECT_TRUE(test::has_status(calls_.back()->wait().value_or(test::HttpResponse{}), 200));
    }

  private:
    test::DrainNginx& nginx_;
    std::vector<std::unique_ptr<test::HttpCall>> calls_;
};

}  // namespace lbdrain::agent
