// What goes wrong: and no unit hangs past its budget.
#include <gmock/gmock.h>

#include "http_call.hpp"
#include "unit_machine.hpp"

namespace lbdrain::test {
namespace {

using ::testing::HasSubstr;

class Troubles : public UnitTest {
  protected:
    void start(const UnitSetup& setup = {}) {
        boot(setup);
        units_->start();
        ASSERT_TRUE(units_->wait_in_rotation(8001));
        nginx_ = units_->nginx_load();
        haproxy_ = units_->haproxy_load();
        ASSERT_TRUE(nginx_->wait_for_answers(6, Millis{60000}));
        ASSERT_TRUE(haproxy_->wait_for_answers(6, Millis{60000}));
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
    Millis timed(const std::function<void()>& what) {
        const auto begin = steady_ms();
        what();
        const Millis took{steady_ms() - begin};
        std::cout << "    took " << took.count() << " ms\n";
        return took;
    }

    std::unique_ptr<GenerationLoad> nginx_;
    std::unique_ptr<GenerationLoad> haproxy_;
};

TEST_F(Troubles, ABackendThatIgnoresSigtermIsKilledWithNothingInFlight) {
    ASSERT_NO_FATAL_FAILURE(start({.dropin_more = "TimeoutStopSec=2s\n", .deaf = true}));
    const auto took = timed(
        [&] { EXPECT_TRUE(units_->systemctl("restart", UnitMachine::unit(8001)).status.ok()); });
    EXPECT_LT(took, Millis{15000});
    EXPECT_THAT(units_->journal(8001), HasSubstr("Killing process"));
    EXPECT_EQ(units_->at_nginx(8001), "ready");
    expect_no_fault();
}

// What it was answering is lost, no more: both balancers know at once.
TEST_F(Troubles, ACrashTakesItDownAtOnce) {
    ASSERT_NO_FATAL_FAILURE(start());
    units_->machine().shell("kill -KILL " + property(8001, "MainPID"));
    const auto told = timed([&] {
        EXPECT_TRUE(eventually(long_enough, [&] { return units_->at_nginx(8001) == "down"; }));
        EXPECT_TRUE(eventually(long_enough, [&] { return units_->at_agent(8001) == "down"; }));
    });
    EXPECT_LT(told, Millis{3000});
    EXPECT_EQ(units_->at_nginx(8001, "sequence").find("KILL") != std::string::npos ||
                  units_->journal(8001).find("was ended by KILL (signal)") != std::string::npos,
              true)
        << units_->journal(8001);
    // Restart=on-failure, RestartSec=5s
    EXPECT_TRUE(units_->wait_in_rotation(8001));
    ASSERT_TRUE(nginx_->wait_for_answers(6, Millis{60000}));
    ASSERT_TRUE(haproxy_->wait_for_answers(6, Millis{60000}));
    const auto nginx = nginx_->stop();
    const auto haproxy = haproxy_->stop();
    std::cout << "    lost by the crash: " << nginx.size() << " of 6 in flight at NGINX's clients, "
              << haproxy.size() << " of 6 at HAProxy's\n";
    EXPECT_LE(nginx.size(), 6U);
    EXPECT_LE(haproxy.size(), 6U);
}

TEST_F(Troubles, ACrashWhileItDrainsIsAnOrdinaryStart) {
    ASSERT_NO_FATAL_FAILURE(start());
    auto restart = units_->start_systemctl("restart", UnitMachine::unit(8001));
    ASSERT_TRUE(eventually(long_enough, [&] { return units_->at_agent(8001) == "draining"; }));
    units_->machine().shell("kill -KILL " + property(8001, "MainPID"));
    EXPECT_TRUE(restart->wait(Millis{90000}).has_value());
    EXPECT_TRUE(units_->wait_in_rotation(8001));
    EXPECT_LE(nginx_->stop().size(), 6U);
    EXPECT_LE(haproxy_->stop().size(), 6U);
}

// ExecStop= runs then too, without a $MAINPID.
TEST_F(Troubles, AProcessThatEndsByItselfIsTakenOut) {
    boot({.standin = "--era folklore"});
    units_->start();
    ASSERT_TRUE(units_->wait_in_rotation(8001));
    units_->machine().shell("kill -INT " + property(8001, "MainPID"));
    const auto out = [](const std::string& state) { return state == "drained" || state == "down"; };
    EXPECT_TRUE(eventually(
        long_enough, [&] { return out(units_->at_nginx(8001)) && out(units_->at_agent(8001)); }));
    EXPECT_TRUE(eventually(long_enough, [&] {
        const auto state = property(8001, "SubState");
        return state == "dead" || state == "failed" || state == "auto-restart";
    }));
    std::cout << units_->journal(8001);
    EXPECT_TRUE(units_->systemctl("start", UnitMachine::unit(8001)).status.ok());
    EXPECT_TRUE(units_->wait_in_rotation(8001));
}

// It is stopped as by SIGSTOP, and extends nothing any more.
TEST_F(Troubles, AHookThatHangsIsGivenUp) {
    ASSERT_NO_FATAL_FAILURE(start({.dropin_more = "TimeoutStopSec=5s\n"}));
    auto stop = units_->start_systemctl("stop", UnitMachine::unit(8001));
    ASSERT_TRUE(eventually(long_enough, [&] { return units_->at_nginx(8001) == "draining"; }));
    units_->machine().shell("pkill -STOP -x drainctl");
    const auto took = timed([&] { EXPECT_TRUE(stop->wait(Millis{60000}).has_value()); });
    EXPECT_LT(took, Millis{30000});
    EXPECT_NE(property(8001, "ActiveState"), "deactivating");
    EXPECT_EQ(units_->at_nginx(8001), "drained");
    EXPECT_TRUE(units_->systemctl("start", UnitMachine::unit(8001)).status.ok());
    EXPECT_TRUE(units_->wait_in_rotation(8001));
    EXPECT_EQ(faults_of(nginx_), "");
}

TEST_F(Troubles, TheLimitOfADrain) {
    ASSERT_NO_FATAL_FAILURE(start({.hooks = "drain_timeout: 2s, unreachable_timeout: 2s"}));
    auto longer = units_->nginx_load(4, 2000);  // 50 s
    ASSERT_TRUE(eventually(long_enough,
                           [&] { return std::stoi(units_->at_nginx(8001, "in_flight")) >= 2; }));
    const auto took = timed([&] { units_->systemctl("restart", UnitMachine::unit(8001)); });
    EXPECT_LT(took, Millis{80000});
    EXPECT_THAT(units_->journal(8001), HasSubstr("will be cut: "));
    EXPECT_TRUE(units_->wait_in_rotation(8001));
    std::cout << units_->journal(8001);
}

TEST_F(Troubles, ABalancerThatIsDownIsLeftOut) {
    ASSERT_NO_FATAL_FAILURE(start());
    faults_of(nginx_);
    units_->machine().shell("systemctl stop nginx.service");
    const auto took = timed(
        [&] { EXPECT_TRUE(units_->systemctl("restart", UnitMachine::unit(8001)).status.ok()); });
    EXPECT_LT(took, Millis{20000});
    EXPECT_THAT(units_->journal(8001), HasSubstr("edge-1 (http://127.0.0.1:8081/drain) cannot be "
                                                 "asked"));
    ASSERT_TRUE(haproxy_->wait_for_answers(6, Millis{60000}));
    EXPECT_EQ(faults_of(haproxy_), "");
}

TEST_F(Troubles, AnAgentThatIsRestartedMeanwhile) {
    ASSERT_NO_FATAL_FAILURE(start());
    auto restart = units_->start_systemctl("restart", UnitMachine::unit(8001));
    ASSERT_TRUE(eventually(long_enough, [&] { return units_->at_agent(8001) == "draining"; }));
    units_->machine().shell("systemctl restart drain-agent.service");
    EXPECT_TRUE(restart->wait(Millis{90000}).value_or(ExitStatus{}).ok());
    EXPECT_TRUE(units_->wait_in_rotation(8001));
    expect_no_fault();
}

TEST_F(Troubles, AnUnmappedUnitIsSaidAndNotFailed) {
    boot({.haproxy = false});
    units_->machine().shell("sed -i 's/^units:.*//' /etc/lbdrain/drainctl.yaml");
    units_->start();
    EXPECT_TRUE(units_->systemctl("restart", UnitMachine::unit(8001)).status.ok());
    EXPECT_EQ(property(8001, "ActiveState"), "active");
    EXPECT_THAT(units_->journal(8001), HasSubstr("add \"units: {vllm@.service: SERVICE/%i}\""));
}

}  // namespace
}  // namespace lbdrain::test
