// `systemctl restart`, `stop` and `start` of replicas under load.
#include <gmock/gmock.h>

#include "unit_machine.hpp"

namespace lbdrain::test {
namespace {

using ::testing::HasSubstr;
using ::testing::Not;
using ::testing::StartsWith;

class Restarts : public UnitTest {
  protected:
    // Load on both balancers, which has been answered.
    void load(int tokens = 40) {
        nginx_ = units_->nginx_load(6, tokens);
        haproxy_ = units_->haproxy_load(6, tokens);
        ASSERT_TRUE(nginx_->wait_for_answers(6, Millis{60000}));
        ASSERT_TRUE(haproxy_->wait_for_answers(6, Millis{60000}));
    }
    void start(const UnitSetup& setup = {}) {
        boot(setup);
        units_->start();
        ASSERT_TRUE(units_->wait_in_rotation(8001));
        load();
    }
    void expect_no_fault() {
        ASSERT_TRUE(nginx_->wait_for_answers(6, Millis{60000}));
        ASSERT_TRUE(haproxy_->wait_for_answers(6, Millis{60000}));
        EXPECT_EQ(faults_of(nginx_), "");
        EXPECT_EQ(faults_of(haproxy_), "");
    }
    std::string property(int port, const std::string& name) {
        return units_->machine().property(UnitMachine::unit(port), name);
    }

    std::unique_ptr<GenerationLoad> nginx_;
    std::unique_ptr<GenerationLoad> haproxy_;
};

TEST_F(Restarts, OneAfterTheOtherLoseNothing) {
    ASSERT_NO_FATAL_FAILURE(start());
    for (const int port : UnitMachine::ports) {
        const std::string before = property(port, "MainPID");
        const auto done = units_->systemctl("restart", UnitMachine::unit(port));
        EXPECT_TRUE(done.status.ok()) << done.err;
        EXPECT_NE(property(port, "MainPID"), before);
        EXPECT_EQ(units_->at_nginx(port), "ready");
        EXPECT_EQ(units_->at_agent(port), "ready");
        EXPECT_EQ(property(port, "ActiveState"), "active");
        EXPECT_EQ(property(port, "StatusText"), "back in rotation");
    }
    expect_no_fault();
}

TEST_F(Restarts, WithoutTheDropInSomeFail) {
    ASSERT_NO_FATAL_FAILURE(start({.dropin = false}));
    for (const int port : UnitMachine::ports) {
        EXPECT_TRUE(units_->systemctl("restart", UnitMachine::unit(port)).status.ok());
        ASSERT_TRUE(nginx_->wait_for_answers(6, Millis{60000}));
    }
    const std::string faults = faults_of(nginx_) + faults_of(haproxy_);
    EXPECT_NE(faults, "");
    std::cout << faults.substr(0, 1000);
}

TEST_F(Restarts, BothAtOnceTakeTurns) {
    ASSERT_NO_FATAL_FAILURE(start());
    auto first = units_->start_systemctl("restart", UnitMachine::unit(8001));
    auto second = units_->start_systemctl("restart", UnitMachine::unit(8002));
    EXPECT_TRUE(first->wait(Millis{90000}).value_or(ExitStatus{}).ok());
    EXPECT_TRUE(second->wait(Millis{90000}).value_or(ExitStatus{}).ok());
    EXPECT_THAT(units_->journal(8001) + units_->journal(8002), HasSubstr("waiting for its turn"));
    EXPECT_THAT(units_->journal(8001) + units_->journal(8002), Not(HasSubstr("by force")));
    expect_no_fault();
}

TEST_F(Restarts, TwoOfTheSameMergeIntoOne) {
    ASSERT_NO_FATAL_FAILURE(start());
    auto first = units_->start_systemctl("restart", UnitMachine::unit(8001));
    auto second = units_->start_systemctl("restart", UnitMachine::unit(8001));
    EXPECT_TRUE(first->wait(Millis{90000}).value_or(ExitStatus{}).ok());
    EXPECT_TRUE(second->wait(Millis{90000}).value_or(ExitStatus{}).ok());
    expect_no_fault();
}

TEST_F(Restarts, AStopIsWaitedForAndAStartBringsItBack) {
    ASSERT_NO_FATAL_FAILURE(start());
    EXPECT_TRUE(units_->systemctl("stop", UnitMachine::unit(8001)).status.ok());
    EXPECT_EQ(property(8001, "ActiveState"), "inactive");
    EXPECT_EQ(property(8001, "Result"), "success");
    EXPECT_EQ(units_->at_nginx(8001), "drained");
    EXPECT_EQ(units_->at_agent(8001), "drained");
    std::cout << "STATUS of the stopped unit: \"" << property(8001, "StatusText") << "\"\n";
    ASSERT_TRUE(nginx_->wait_for_answers(6));
    EXPECT_TRUE(units_->systemctl("start", UnitMachine::unit(8001)).status.ok());
    EXPECT_EQ(units_->at_nginx(8001), "ready");
    EXPECT_EQ(units_->at_agent(8001), "ready");
    expect_no_fault();
}

// systemd can be delayed, not refused: the last one goes too, in full.
TEST_F(Restarts, TheLastOneIsDrainedByForceOfAStop) {
    ASSERT_NO_FATAL_FAILURE(start());
    EXPECT_TRUE(units_->systemctl("stop", UnitMachine::unit(8001)).status.ok());
    EXPECT_TRUE(units_->systemctl("stop", UnitMachine::unit(8002)).status.ok());
    EXPECT_EQ(units_->at_nginx(8002), "drained");
    EXPECT_THAT(units_->journal(8002), HasSubstr("no other server of the service is ready"));
    EXPECT_EQ(property(8002, "Result"), "success");
    EXPECT_TRUE(units_->systemctl("start", UnitMachine::unit(8001)).status.ok());
    // What was in flight was answered in full; what came when nobody was there was refused.
    const std::string faults = faults_of(nginx_) + faults_of(haproxy_);
    EXPECT_THAT(faults, Not(HasSubstr("tokens")));
    EXPECT_THAT(faults, Not(HasSubstr("broken off")));
    EXPECT_THAT(faults, HasSubstr("status 50"));
}

// The hooks extend the unit's time-outs as long as they have something to wait for.
TEST_F(Restarts, LongerThanTheUnitsOwnTimeouts) {
    boot({.dropin_more = "TimeoutStopSec=3s\nTimeoutStartSec=3s\n"});
    units_->start();
    ASSERT_TRUE(units_->wait_in_rotation(8001));
    ASSERT_NO_FATAL_FAILURE(load(360));  // 9 s
    units_->set_standin(8001, "--era v0.28 --load 7");
    auto restart = units_->start_systemctl("restart", UnitMachine::unit(8001));
    EXPECT_TRUE(eventually(long_enough, [&] {
        return property(8001, "StatusText").starts_with("draining vllm/127.0.0.1:8001: ");
    }));
    std::cout << "    STATUS: " << property(8001, "StatusText") << "\n";
    EXPECT_TRUE(eventually(long_enough, [&] {
        return property(8001, "StatusText").starts_with("waiting for vllm/127.0.0.1:8001 on ");
    }));
    std::cout << "    STATUS: " << property(8001, "StatusText") << "\n";
    EXPECT_TRUE(restart->wait(Millis{90000}).value_or(ExitStatus{}).ok());
    EXPECT_EQ(property(8001, "Result"), "success");
    EXPECT_THAT(units_->journal(8001), Not(HasSubstr("timed out")));
    expect_no_fault();
}

TEST_F(Restarts, AStopWhileARestartDrains) {
    ASSERT_NO_FATAL_FAILURE(start());
    auto restart = units_->start_systemctl("restart", UnitMachine::unit(8001));
    ASSERT_TRUE(eventually(long_enough, [&] { return units_->at_nginx(8001) == "draining"; }));
    EXPECT_TRUE(units_->systemctl("stop", UnitMachine::unit(8001)).status.ok());
    EXPECT_EQ(restart->wait(Millis{90000}).value_or(ExitStatus{}).code, 1);
    EXPECT_EQ(property(8001, "ActiveState"), "inactive");
    EXPECT_EQ(units_->at_nginx(8001), "drained");
    // Nothing brings it back: the restart's permit is for others now.
    EXPECT_THAT(units_->machine().shell("cat /var/lib/lbdrain/drainctl/vllm.permits.json"),
                Not(HasSubstr("8001")));
    expect_no_fault();
}

TEST_F(Restarts, AStopWhileARestartGetsReady) {
    ASSERT_NO_FATAL_FAILURE(start());
    units_->set_standin(8001, "--era v0.28 --load 60");
    auto restart = units_->start_systemctl("restart", UnitMachine::unit(8001));
    ASSERT_TRUE(eventually(long_enough, [&] { return units_->at_agent(8001) == "starting"; }));
    EXPECT_TRUE(units_->systemctl("stop", UnitMachine::unit(8001)).status.ok());
    restart->wait(Millis{90000});
    EXPECT_EQ(units_->at_nginx(8001), "down");
    EXPECT_EQ(units_->at_agent(8001), "down");
    units_->set_standin(8001, "--era v0.28");
    EXPECT_TRUE(units_->systemctl("start", UnitMachine::unit(8001)).status.ok());
    EXPECT_EQ(units_->at_nginx(8001), "ready");
    EXPECT_EQ(units_->at_agent(8001), "ready");
    expect_no_fault();
}

TEST_F(Restarts, WhatAPersonTookOutStaysOut) {
    ASSERT_NO_FATAL_FAILURE(start());
    EXPECT_EQ(units_->nginx_command(8001, "drain", R"({"by":"ann","reason":"bad GPU"})").status,
              200);
    EXPECT_TRUE(units_->systemctl("restart", UnitMachine::unit(8001)).status.ok());
    EXPECT_EQ(units_->at_nginx(8001), "drained");
    EXPECT_EQ(units_->at_agent(8001), "ready");
    EXPECT_THAT(units_->journal(8001), HasSubstr("was drained by ann: it stays so"));
    expect_no_fault();
}

}  // namespace
}  // namespace lbdrain::test
