// The whole system goes down, and comes up again.
#include <gmock/gmock.h>

#include "http_call.hpp"
#include "unit_machine.hpp"

namespace lbdrain::test {
namespace {

using ::testing::HasSubstr;
using ::testing::Not;

constexpr int tokens = 200;  // 5 s

class Shutdowns : public UnitTest {
  protected:
    // Streams at both balancers that have begun.
    void begin() {
        for (const char* socket : {"nginx.sock", "haproxy.sock"}) {
            const HttpClient client(Endpoint::unix_socket(units_->machine().share() / socket),
                                    Millis{60000});
            for (int i = 0; i < 4; ++i) {
                calls_.push_back(
                    client.start({.method = "POST",
                                  .target = "/v1/completions",
                                  .headers = {{"Content-Type", "application/json"}},
                                  .body = R"({"prompt":"a","stream":true,"max_tokens":)" +
                                          std::to_string(tokens) + "}"}));
            }
        }
        for (const auto& call : calls_) {
            ASSERT_TRUE(call->wait_for_body(" t5"));
        }
    }
    void expect_whole() {
        for (const auto& call : calls_) {
            const auto response = call->wait(Millis{60000});
            ASSERT_TRUE(response);
            EXPECT_EQ(response->status, 200);
            EXPECT_EQ(fault_of_stream(response->body, tokens), "") << response->error;
        }
        calls_.clear();
    }

    std::vector<std::unique_ptr<HttpCall>> calls_;
};

// The balancers are on the same machine: they stop after the replicas, for the drop-in's After=.
TEST_F(Shutdowns, WhatIsInFlightIsAnsweredBeforeThePowerGoes) {
    boot();
    units_->start();
    ASSERT_TRUE(units_->wait_in_rotation(8001));
    ASSERT_NO_FATAL_FAILURE(begin());
    const auto start = steady_ms();
    EXPECT_TRUE(units_->machine().power_off(Millis{60000}));
    std::cout << "    down after " << steady_ms() - start << " ms\n";
    expect_whole();
}

TEST_F(Shutdowns, AReboot) {
    boot();
    units_->start();
    ASSERT_TRUE(units_->wait_in_rotation(8001));
    ASSERT_NO_FATAL_FAILURE(begin());
    units_->machine().reboot();
    expect_whole();
    EXPECT_THAT(units_->journal(8001), HasSubstr("the system is shut down"));
    units_->start_all();
    for (const int port : UnitMachine::ports) {
        EXPECT_EQ(units_->at_nginx(port), "ready");
        EXPECT_EQ(units_->at_agent(port), "ready");
    }
    auto nginx = units_->nginx_load();
    auto haproxy = units_->haproxy_load();
    ASSERT_TRUE(nginx->wait_for_answers(12, Millis{60000}));
    ASSERT_TRUE(haproxy->wait_for_answers(12, Millis{60000}));
    EXPECT_EQ(faults_of(nginx), "");
    EXPECT_EQ(faults_of(haproxy), "");
}

}  // namespace
}  // namespace lbdrain::test
