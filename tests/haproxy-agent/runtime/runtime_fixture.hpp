// A real HAProxy in front of two replicas, and the API under test on its sockets.
#pragma once

#include <gtest/gtest.h>

#include <algorithm>
#include <memory>
#include <string>
#include <vector>

#include "haproxy.hpp"
#include "http_call.hpp"
#include "http_client.hpp"
#include "replica.hpp"
#include "runtime/master_api.hpp"
#include "runtime/runtime_api.hpp"

namespace lbdrain::haproxy {

// Far above what a healthy HAProxy needs on a busy machine.
inline constexpr Millis generous{15000};
// For what must run into its limit.
inline constexpr Millis brief{300};

// Usage: ASSERT_TRUE(ok(result));
template <typename Value>
testing::AssertionResult ok(const std::expected<Value, Error>& result) {
    if (result) {
        return testing::AssertionSuccess();
    }
    return testing::AssertionFailure()
           << to_string(result.error().code) << ": " << result.error().message;
}

// Usage: EXPECT_TRUE(fails_with(ErrorCode::timeout, result));
template <typename Value>
testing::AssertionResult fails_with(ErrorCode code, const std::expected<Value, Error>& result,
                                    const std::string& text = {}) {
    if (result) {
        return testing::AssertionFailure() << "no failure";
    }
    const auto& [got, message] = result.error();
    const bool right = got == code && message.find(text) != std::string::npos;
    return (right ? testing::AssertionSuccess() : testing::AssertionFailure())
           << to_string(got) << ": " << message;
}

class RuntimeTest : public testing::Test {
  protected:
    explicit RuntimeTest(test::HaproxyMode mode = test::HaproxyMode::master_worker) {
        test::HaproxyOptions options;
        options.mode = mode;
        haproxy.set_options(options);
        haproxy.set_proxies(front("be") + backend("be"));
    }

    std::string front(const std::string& default_backend, const std::string& name = "fe") const {
        return "frontend " + name + "\n    bind 127.0.0.1:" + std::to_string(port) +
               "\n    default_backend " + default_backend + "\n";
    }

    std::string backend(const std::string& name, const std::string& more = {},
                        const std::string& server_options = {}) const {
        return "backend " + name + "\n    balance roundrobin\n" + more + "    server s1 " +
               a.address() + " weight 100 " + server_options + "\n    server s2 " + b.address() +
               " weight 100 " + server_options + "\n";
    }

    void start() { ASSERT_TRUE(haproxy.start()); }

    void change_options(const auto& change) {
        auto options = haproxy.options();
        change(options);
        haproxy.set_options(options);
    }

    RuntimeApi runtime(Millis limit = generous) const {
        return RuntimeApi(unix_endpoint(haproxy.stats_socket()), limit);
    }
    MasterApi master(Millis limit = generous) const {
        return MasterApi(unix_endpoint(haproxy.master_socket()), limit);
    }
    static Endpoint unix_endpoint(const std::string& path) {
        Endpoint endpoint;
        endpoint.unix_path = path;
        return endpoint;
    }

    // A request that a replica holds; returns when it is there.
    std::unique_ptr<test::HttpCall> held_request(test::HttpHeaders headers = {}) {
        a.hold();
        b.hold();
        const auto before = held();
        auto call = client.start({.headers = std::move(headers)});
        EXPECT_TRUE(test::eventually(test::long_enough, [&] { return held() > before; }));
        return call;
    }
    std::int64_t held() { return a.in_flight() + b.in_flight(); }
    void release() {
        a.release();
        b.release();
    }

    test::Replica a{"a"};
    test::Replica b{"b"};
    const std::uint16_t port = test::free_port();
    test::Haproxy haproxy{test::HaproxyOptions{}};
    test::HttpClient client{test::Endpoint::tcp(port)};
};

}  // namespace lbdrain::haproxy
