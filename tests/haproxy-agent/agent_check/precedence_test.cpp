// Who wins: the agent, an operator on the command line or the stats page, or a health check. This
// is why the steady state has no admin word, and why `ready` is said when traffic shall come back.
#include <gtest/gtest.h>

#include "checked_server.hpp"
#include "endpoint.hpp"
#include "http_client.hpp"
#include "replica.hpp"

namespace lbdrain::test {
namespace {

const std::string steady = "up 100%\n";
const std::string ready = "up ready 100%\n";

using Precedence = CheckedServer;

TEST_F(Precedence, TheSteadyStateLeavesAnOperatorsDrainAlone) {
    ASSERT_TRUE(start());
    ASSERT_TRUE(say(steady));
    ASSERT_TRUE(command("set server be/s1 state drain"));
    ASSERT_TRUE(digested());
    EXPECT_EQ(view().admin, admin_drain);
}

TEST_F(Precedence, ReadyEndsAnOperatorsDrain) {
    ASSERT_TRUE(start());
    ASSERT_TRUE(say(steady));
    ASSERT_TRUE(command("set server be/s1 state drain"));
    ASSERT_TRUE(say(ready));
    EXPECT_EQ(view().admin, 0);
    EXPECT_EQ(view().status, "no check");
}

TEST_F(Precedence, TheSteadyStateLeavesAnOperatorsMaintenanceAlone) {
    ASSERT_TRUE(start());
    ASSERT_TRUE(say(steady));
    ASSERT_TRUE(command("set server be/s1 state maint"));
    ASSERT_TRUE(digested());  // it is asked about all the same
    EXPECT_EQ(view().admin, admin_maint);
}

TEST_F(Precedence, ReadyEndsAnOperatorsMaintenance) {
    ASSERT_TRUE(start());
    ASSERT_TRUE(command("set server be/s1 state maint"));
    ASSERT_TRUE(say(ready));
    EXPECT_EQ(view().admin, 0);
}

TEST_F(Precedence, NoOpinionLeavesEverythingAlone) {
    ASSERT_TRUE(start());
    ASSERT_TRUE(command("set server be/s1 state drain"));
    ASSERT_TRUE(digested());
    EXPECT_EQ(view().admin, admin_drain);
}

TEST_F(Precedence, ADrainOfOursIsEndedByAnOperatorOnlyUntilTheNextCheck) {
    ASSERT_TRUE(start());
    ASSERT_TRUE(say("up drain\n"));
    ASSERT_TRUE(command("set server be/s1 state ready"));
    ASSERT_TRUE(digested());
    EXPECT_EQ(view().admin, admin_drain);
}

TEST_F(Precedence, ADisabledAgentIsNotHeard) {
    // The second server's checks tell when the first one's would have been made.
    ASSERT_TRUE(start("127.0.0.1:9" + asks_by_name("be/s1") + "\n    server s2 127.0.0.1:9" +
                      asks_by_name("be/s2")));
    ASSERT_TRUE(say(steady, "be/s1"));
    ASSERT_TRUE(command("disable agent be/s1"));
    agent.table->replace(0, "up drain\n");
    ASSERT_TRUE(say(steady, "be/s2"));
    EXPECT_EQ(view().admin, 0);
    ASSERT_TRUE(command("enable agent be/s1"));
    EXPECT_TRUE(becomes_admin(admin_drain));
}

TEST_F(Precedence, AnAgentSetDownByAnOperatorComesBackWithUp) {
    ASSERT_TRUE(start());
    ASSERT_TRUE(digested());  // with no opinion
    ASSERT_TRUE(command("set server be/s1 agent down"));
    ASSERT_TRUE(digested());
    EXPECT_EQ(view().op, op_stopped);
    ASSERT_TRUE(say("up\n"));
    EXPECT_EQ(view().op, op_running);
}

TEST_F(Precedence, UpDoesNotOverrideAFailingHealthCheck) {
    const auto nobody = "127.0.0.1:" + std::to_string(free_port());
    ASSERT_TRUE(start(nobody + " check inter 100ms fall 1 rise 1" + asks_by_name()));
    ASSERT_TRUE(say(ready));
    EXPECT_TRUE(becomes([](const ServerView& seen) { return seen.op == op_stopped; }));
    ASSERT_TRUE(digested());
    EXPECT_EQ(view().op, op_stopped);
}

TEST_F(Precedence, APassingHealthCheckDoesNotOverrideDown) {
    Replica replica("a");
    ASSERT_TRUE(start(replica.address() + " check inter 100ms fall 1 rise 1" + asks_by_name()));
    ASSERT_TRUE(say("down #planned\n"));
    EXPECT_EQ(view().op, op_stopped);
    ASSERT_TRUE(say("\n"));
    EXPECT_EQ(view().op, op_stopped);
    ASSERT_TRUE(say("up\n"));
    EXPECT_EQ(view().op, op_running);
}

TEST_F(Precedence, StaticAlgorithmsKnowOnlyAllOrNothing) {
    ASSERT_TRUE(start("127.0.0.1:9" + asks_by_name(), "    balance static-rr\n"));
    ASSERT_TRUE(say("up 50%\n"));
    EXPECT_EQ(view().weight, 100);
    ASSERT_TRUE(say("up 0%\n"));
    EXPECT_EQ(view().weight, 0);
}

TEST_F(Precedence, ASmallWeightIsRoundedDownToNothing) {
    ASSERT_TRUE(start("127.0.0.1:9" + asks_by_name() + " weight 1"));
    ASSERT_TRUE(say("up 50%\n"));
    EXPECT_EQ(view().weight, 0);
}

TEST_F(Precedence, ReadyAfterDrainStartsAtOnce) {
    ASSERT_TRUE(start("127.0.0.1:9" + asks_by_name() + " slowstart 60s"));
    ASSERT_TRUE(say("up drain\n"));
    ASSERT_TRUE(say(ready));
    EXPECT_EQ(view().throttle, "");
}

TEST_F(Precedence, ReadyAfterMaintenanceStartsSlowly) {
    ASSERT_TRUE(start("127.0.0.1:9" + asks_by_name() + " slowstart 60s"));
    ASSERT_TRUE(say("up maint\n"));
    ASSERT_TRUE(say(ready));
    EXPECT_NE(view().throttle, "");
}

TEST_F(Precedence, ReadyAfterMaintenanceDoesNotWaitForTheHealthCheck) {
    Replica replica("a");
    // Checks are spread over the least interval of a second or more, which the agent's must be
    // here: a faster one would first be made after half an hour.
    ASSERT_TRUE(start(replica.address() + " check inter 1h" + asks_by_name() + " agent-inter 1s"));
    ASSERT_TRUE(becomes([](const ServerView& seen) { return seen.status == "UP"; }));
    ASSERT_TRUE(say("up maint\n"));
    replica.kill();
    ASSERT_TRUE(say(ready));
    EXPECT_EQ(view().op, op_running);  // so readiness is for us to find out before
}

class StatsPage : public CheckedServer {
  protected:
    testing::AssertionResult start_with_page() {
        return start("127.0.0.1:9" + asks_by_name(), "",
                     "listen page\n    bind 127.0.0.1:" + std::to_string(page_) +
                         "\n    stats enable\n    stats uri /\n    stats admin if TRUE\n");
    }
    // What a browser sends when the operator ticks the server and chooses an action.
    testing::AssertionResult click(const std::string& action) const {
        const HttpClient browser{Endpoint::tcp(page_)};
        const auto answer = browser.post("/", "s=s1&action=" + action + "&b=be",
                                         {{"Content-Type", "application/x-www-form-urlencoded"}});
        return answer.status == 303 && answer.header("Location").find("DONE") != std::string::npos
                   ? testing::AssertionSuccess()
                   : testing::AssertionFailure()
                         << answer.status << " " << answer.header("Location");
    }

    std::uint16_t page_ = free_port();
};

TEST_F(StatsPage, TheSteadyStateLeavesItsDrainAlone) {
    ASSERT_TRUE(start_with_page());
    ASSERT_TRUE(say(steady));
    ASSERT_TRUE(click("drain"));
    ASSERT_TRUE(digested());
    EXPECT_EQ(view().admin, admin_drain);
    ASSERT_TRUE(say(ready));
    EXPECT_EQ(view().admin, 0);
}

TEST_F(StatsPage, TheSteadyStateLeavesItsMaintenanceAlone) {
    ASSERT_TRUE(start_with_page());
    ASSERT_TRUE(say(steady));
    ASSERT_TRUE(click("maint"));
    ASSERT_TRUE(digested());
    EXPECT_EQ(view().admin, admin_maint);
    ASSERT_TRUE(say(ready));
    EXPECT_EQ(view().admin, 0);
}

}  // namespace
}  // namespace lbdrain::test
