// One replica in two upstreams, where commands and reloads meet a sequence that runs already.
#include <gtest/gtest.h>

#include "hook_fixture.hpp"

namespace lbdrain::test {
namespace {

// "up" (with hooks) has two replicas, "also" has only the first.
class OnlySiblingTest : public HookTest {
  protected:
    DrainSetup setup(const std::string& check) {
        DrainSetup setup;
        setup.after = "drain_stop_hook exec " + script("stop", "ask /stop") + ";" +
                      "drain_start_hook exec " + script("start", "ask /start") + ";" +
                      "drain_ready_check http://$server/health " + check + ";";
        setup.http += "upstream also { zone also 256k; server " + it.address(0) + "; }";
        setup.locations = "location /also { proxy_pass http://also; }\n";
        return setup;
    }

    void start_with(const std::string& check = "passes=1 interval=20ms") {
        it.configure(setup(check));
        ASSERT_TRUE(it.start());
    }

    boost::json::object also() { return it.server(it.address(0), "also"); }
};

TEST_F(OnlySiblingTest, ADrainThatIsExtendedToARestartAsksTheOtherGuards) {
    start_with();
    ASSERT_TRUE(has_status(it.drain(0, R"({"wait":false,"settle_s":600})"), 202));
    ASSERT_EQ(it.state(0), "draining");
    for (const std::string action : {"stop", "restart"}) {
        const auto refused = it.command(0, action, R"({"wait":false})");
        EXPECT_EQ(code_of(refused), "last_ready_server") << action;
        EXPECT_NE(refused.body.find("also"), std::string::npos) << refused.body;
    }
    EXPECT_EQ(text_of(it.server(0).at("sequence").as_object(), "goal"), "drained");
    EXPECT_TRUE(also().at("held_by").is_null());
    EXPECT_TRUE(has_status(it.client().get("/also?unary=1"), 200));
    EXPECT_TRUE(has_status(
        it.command(0, "restart", R"({"force":true,"reason":"it must be","settle_s":0})"), 200));
    it.nginx().expect_clean_log();
}

TEST_F(OnlySiblingTest, AReadyThatStopsNothingLeavesTheOtherUpstreamAlone) {
    start_with("passes=1000 interval=1s timeout=1h");
    ASSERT_TRUE(has_status(it.command(0, "down"), 200));
    ASSERT_TRUE(has_status(it.ready(0, R"({"wait":false})"), 202));
    ASSERT_TRUE(it.wait_for_state(0, "starting"));
    EXPECT_TRUE(also().at("held_by").is_null());
    EXPECT_TRUE(has_status(it.client().get("/also?unary=1"), 200));
    it.nginx().expect_clean_log();
}

}  // namespace
}  // namespace lbdrain::test
