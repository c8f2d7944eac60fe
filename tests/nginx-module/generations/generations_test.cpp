// Counts and states across generations of workers: reloads, binary upgrades, restarts of NGINX.
// Each of these is a trap that naive draining falls into.
#include <gtest/gtest.h>

#include "../drain_fixture.hpp"
#include "token_stream.hpp"

namespace lbdrain::test {
namespace {

// How the next generation comes about.
enum class Change { reload, binary_upgrade, both_masters };

class Generations : public testing::TestWithParam<std::tuple<Change, const char*>> {
  protected:
    static DrainSetup setup() {
        DrainSetup result;
        result.before = std::get<1>(GetParam());
        return result;
    }

    testing::AssertionResult change(DrainNginx& it) {
        switch (std::get<0>(GetParam())) {
            case Change::reload:
                return it.nginx().reload();
            case Change::binary_upgrade:
                return it.nginx().binary_upgrade();
            case Change::both_masters:
                return it.nginx().binary_upgrade(OldMaster::keep);
        }
        return testing::AssertionFailure();
    }

    // Begins a request whose body is half sent: its server is chosen only when the rest came.
    static std::unique_ptr<HttpExchange> half_sent(const DrainNginx& it) {
        auto exchange = std::make_unique<HttpExchange>(
            it.client().begin({.method = "POST", .target = "/?unary=1"}, 10));
        exchange->send("01234");
        return exchange;
    }
};

TEST_P(Generations, AnOldGenerationsRequestsAreWaitedFor) {
    DrainNginx it(setup());
    ASSERT_TRUE(it.start());
    it.replica(0).hold();
    it.replica(1).hold();
    std::vector<std::unique_ptr<HttpCall>> calls;
    for (int i = 0; i < 4; ++i) {
        calls.push_back(it.client().start({.target = "/?chunks=3&hold_at=1"}));
    }
    ASSERT_TRUE(eventually(
        long_enough, [&] { return it.replica(0).in_flight() + it.replica(1).in_flight() == 4; }));
    const auto here = it.replica(0).in_flight();
    ASSERT_GT(here, 0);
    ASSERT_TRUE(change(it));
    ASSERT_EQ(it.in_flight(0), here);

    const auto drain = it.begin(0, "drain");
    ASSERT_TRUE(it.wait_for_state(0, "draining"));
    EXPECT_EQ(it.in_flight(0), here);
    it.replica(0).release(static_cast<std::size_t>(here - 1));
    ASSERT_TRUE(it.wait_for_in_flight(0, 1));
    EXPECT_FALSE(drain->done());
    EXPECT_EQ(it.state(0), "draining");
    it.replica(0).release();
    EXPECT_TRUE(has_status(drain->wait().value(), 200));
    EXPECT_EQ(it.replica(0).in_flight(), 0);
    it.replica(1).release();
    for (const auto& call : calls) {
        EXPECT_TRUE(call->wait().value().whole);
    }
    it.nginx().expect_clean_log();
}

TEST_P(Generations, AnOldGenerationObeysALaterDrain) {
    DrainNginx it(setup());
    ASSERT_TRUE(it.start());
    std::vector<std::unique_ptr<HttpExchange>> slow;
    for (int i = 0; i < 6; ++i) {
        slow.push_back(half_sent(it));
    }
    // An answered request behind them on the same listening socket: they have been accepted.
    ASSERT_TRUE(has_status(it.client().get("/?unary=1"), 200));
    ASSERT_TRUE(eventually(long_enough, [&] { return it.replica(0).in_flight() == 0; }));
    ASSERT_TRUE(change(it));
    ASSERT_TRUE(has_status(it.drain(0), 200));
    const auto before = it.replica(0).counts().started;
    for (const auto& exchange : slow) {
        ASSERT_TRUE(exchange->send("56789"));
        const auto response = exchange->response();
        EXPECT_EQ(response.status, 200) << response.error;
        EXPECT_EQ(response.header("X-Replica"), it.replica(1).name());
    }
    EXPECT_EQ(it.replica(0).counts().started, before);
    it.nginx().expect_clean_log();
}

TEST_P(Generations, ADrainedServerStaysOutFromTheFirstRequestOn) {
    DrainNginx it(setup());
    ASSERT_TRUE(it.start());
    ASSERT_TRUE(has_status(it.drain(0), 200));
    for (int round = 0; round < 2; ++round) {
        ASSERT_TRUE(change(it));
        for (int i = 0; i < 20; ++i) {
            ASSERT_TRUE(has_status(it.client().get("/?unary=1"), 200));
        }
        EXPECT_EQ(it.state(0), "drained");
        if (std::get<0>(GetParam()) == Change::both_masters) {
            break;  // NGINX refuses a third master
        }
    }
    EXPECT_EQ(it.replica(0).counts().started, 0);
    ASSERT_TRUE(has_status(it.ready(0), 200));
    for (int i = 0; i < 20; ++i) {
        ASSERT_TRUE(has_status(it.client().get("/?unary=1"), 200));
    }
    EXPECT_GT(it.replica(0).counts().started, 0);
    it.nginx().expect_clean_log();
}

TEST_P(Generations, ReadmissionReachesOldGenerationsToo) {
    DrainNginx it(setup());
    ASSERT_TRUE(it.start());
    ASSERT_TRUE(has_status(it.drain(0), 200));
    std::vector<std::unique_ptr<HttpExchange>> slow;
    for (int i = 0; i < 8; ++i) {
        slow.push_back(half_sent(it));
    }
    ASSERT_TRUE(has_status(it.client().get("/?unary=1"), 200));
    ASSERT_TRUE(change(it));
    ASSERT_TRUE(has_status(it.ready(0), 200));
    for (const auto& exchange : slow) {
        ASSERT_TRUE(exchange->send("56789"));
        EXPECT_EQ(exchange->response().status, 200);
    }
    EXPECT_GT(it.replica(0).counts().started, 0);
    it.nginx().expect_clean_log();
}

std::string name_of(const testing::TestParamInfo<std::tuple<Change, const char*>>& info) {
    constexpr const char* changes[] = {"Reload", "BinaryUpgrade", "BothMasters"};
    const std::string zone = *std::get<1>(info.param) == '\0' ? "NoZone" : "Zone";
    return changes[static_cast<int>(std::get<0>(info.param))] + zone;
}

INSTANTIATE_TEST_SUITE_P(All, Generations,
                         testing::Combine(testing::Values(Change::reload, Change::binary_upgrade,
                                                          Change::both_masters),
                                          testing::Values("", "zone up 256k;")),
                         name_of);

TEST(Restart, StatesOutliveAStopOfNginx) {
    DrainNginx it;
    ASSERT_TRUE(it.start());
    ASSERT_TRUE(has_status(it.drain(0, R"({"by":"me","reason":"kernel update"})"), 200));
    ASSERT_TRUE(it.nginx().quit());
    ASSERT_TRUE(it.start());
    EXPECT_EQ(it.state(0), "drained");
    for (int i = 0; i < 10; ++i) {
        ASSERT_TRUE(has_status(it.client().get("/?unary=1"), 200));
    }
    EXPECT_EQ(it.replica(0).counts().started, 0);
    it.nginx().expect_clean_log();
}

TEST(Reload, AFailedReloadChangesNothing) {
    DrainNginx it;
    ASSERT_TRUE(it.start());
    ASSERT_TRUE(has_status(it.drain(0), 200));
    DrainSetup broken;
    broken.http = "drain_settle 0;\nno_such_directive;";
    it.configure(broken);
    EXPECT_FALSE(it.nginx().reload(Millis{1000}));
    EXPECT_EQ(it.state(0), "drained");
    ASSERT_TRUE(has_status(it.client().get("/?unary=1"), 200));
    EXPECT_EQ(it.replica(0).counts().started, 0);
    it.nginx().expect_clean_log({"no_such_directive"});
}

TEST(Reload, AServerTakenOutOfTheConfigurationIsWaitedForAndRemembered) {
    DrainSetup three;
    three.replicas = 3;
    DrainNginx it(three);
    ASSERT_TRUE(it.start());
    ASSERT_TRUE(has_status(it.drain(2), 200));
    DrainSetup other = three;
    other.server = "max_fails=0 weight=2";
    it.configure(other);
    ASSERT_TRUE(it.nginx().reload());
    EXPECT_EQ(it.state(2), "drained");
    EXPECT_EQ(it.server(2).at("weight"), 2);
    for (int i = 0; i < 30; ++i) {
        ASSERT_TRUE(has_status(it.client().get("/?unary=1"), 200));
    }
    EXPECT_EQ(it.replica(2).counts().started, 0);
    it.nginx().expect_clean_log();
}

TEST(Reload, ASequenceWhoseServerLeftTheConfigurationEnds) {
    DrainNginx it;
    ASSERT_TRUE(it.start());
    const auto drain = it.begin(0, "drain", R"({"settle_s":600})");
    ASSERT_TRUE(it.wait_for_state(0, "draining"));
    DrainSetup off;
    off.after = "drain off;";
    it.configure(off);
    ASSERT_TRUE(it.nginx().reload());
    const auto response = drain->wait();
    ASSERT_TRUE(response.has_value());
    EXPECT_EQ(code_of(*response), "cancelled");
    it.nginx().expect_clean_log();
}

// Workers from before the module cannot be counted: nothing is called drained beside them.
TEST(Reload, WorkersOlderThanTheModuleAreWaitedFor) {
    DrainNginx it;
    const NginxOptions with = it.nginx().options();
    NginxOptions without = with;
    without.modules.clear();
    without.http = "upstream up { server " + it.address(0) +
                   "; }\nserver { listen 127.0.0.1:" + std::to_string(it.port()) +
                   "; location / { proxy_pass http://up; } }\n";
    it.nginx().set_options(without);
    ASSERT_TRUE(it.start());
    it.replica(0).hold();
    const auto call = it.client().start({.target = "/?chunks=3&hold_at=1"});
    ASSERT_TRUE(it.replica(0).wait_for_in_flight(1));
    it.nginx().set_options(with);
    ASSERT_TRUE(it.nginx().reload());
    const auto drain = it.begin(0, "drain", R"({"settle_s":0})");
    ASSERT_TRUE(it.wait_for_state(0, "draining"));
    ASSERT_TRUE(has_status(it.client().get("/?unary=1"), 200));
    EXPECT_FALSE(drain->done());
    EXPECT_EQ(it.state(0), "draining");
    it.replica(0).release();
    EXPECT_TRUE(has_status(drain->wait().value(), 200));
    EXPECT_TRUE(call->wait().value().whole);
    EXPECT_NE(it.nginx().error_log().find("from before this module are not counted"),
              std::string::npos);
    it.nginx().expect_clean_log();
}

}  // namespace
}  // namespace lbdrain::test
