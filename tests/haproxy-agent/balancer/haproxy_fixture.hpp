// Two replicas behind a real HAProxy, and the balancer under test in front of it. The tests poll by
// themselves, so that each step is theirs.
#pragma once

#include <gtest/gtest.h>

#include <chrono>
#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "balancer/haproxy_balancer.hpp"
#include "haproxy.hpp"
#include "http_call.hpp"
#include "http_client.hpp"
#include "load.hpp"
#include "replica.hpp"

namespace lbdrain::agent {

struct FixtureOptions {
    test::HaproxyMode mode = test::HaproxyMode::master_worker;
    bool lua = true;
    bool server_state = true;  // HAProxy loads the file
    bool write_state = true;   // we write it
    bool use_master = true;
    OldWorkers old_workers = OldWorkers::automatic;
    std::string server_args = " weight 100";
    std::string backend_lines;
    std::string defaults;
    std::string stats_level = "admin";
    std::string master_level = "admin";
    Millis timeout = 10'000;
};

class HaproxyFixture {
  public:
    explicit HaproxyFixture(FixtureOptions options = {});

    testing::AssertionResult start() { return haproxy.start(); }
    std::string proxies(const std::string& server_args) const;
    // A balancer that knows nothing yet, like that of an agent that was started again.
    void new_balancer();

    // Of server `index` (0: a, 1: b); `revision` rises by itself.
    void want(std::size_t index, Rotation rotation, unsigned weight_percent = 100);
    // One poll; kept as `last`.
    const Snapshot& poll();
    const Seen& seen(std::size_t index = 0) const;
    // Polls until it holds of `last`; every 5 ms.
    testing::AssertionResult poll_until(const std::function<bool()>& predicate,
                                        test::Millis limit = test::long_enough);
    testing::AssertionResult poll_until_out(std::size_t index = 0);
    testing::AssertionResult poll_until_in(std::size_t index = 0);

    test::HttpClient client() const {
        return test::HttpClient(test::Endpoint::unix_socket((haproxy.directory() / "fe.sock")));
    }
    test::LoadOptions load() const;
    // Streams that stay open until the replicas release them, one connection each.
    std::vector<std::unique_ptr<test::HttpCall>> hold_streams(int number);
    // srv_admin_state as the serving worker shows it.
    unsigned admin_state(const std::string& server = "a") const;
    // `warnings` of the last poll that hold the text.
    bool warned(const std::string& text) const;

    FixtureOptions options;
    test::Replica a{"a"};
    test::Replica b{"b"};
    test::Haproxy haproxy;
    std::unique_ptr<Balancer> balancer;
    std::vector<Wanted> wanted{2};
    Snapshot last;
};

}  // namespace lbdrain::agent
