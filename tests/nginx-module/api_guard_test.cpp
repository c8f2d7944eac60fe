// What commands are refused for, with which code, and what `force` does.
#include <gtest/gtest.h>

#include "drain_fixture.hpp"

namespace lbdrain::test {
namespace {

void expect_refused(const HttpResponse& response, int status, const std::string& code) {
    EXPECT_EQ(response.status, status) << response.body;
    EXPECT_EQ(code_of(response), code);
    EXPECT_EQ(response.header("Content-Type"), "application/problem+json");
}

TEST(ApiGuard, TheLastReadyServerStays) {
    DrainNginx it;
    ASSERT_TRUE(it.start());
    ASSERT_TRUE(has_status(it.drain(0), 200));
    for (const std::string action : {"drain", "down"}) {
        expect_refused(it.command(1, action), 409, "last_ready_server");
        EXPECT_EQ(it.state(1), "ready");
    }
    EXPECT_TRUE(has_status(it.client().get("/?unary=1"), 200));
    EXPECT_TRUE(has_status(it.drain(0), 200)) << "again: that one is out already";
    EXPECT_TRUE(has_status(it.command(0, "down"), 200)) << "one that is out can go down";
    it.nginx().expect_clean_log();
}

TEST(ApiGuard, ASingleServerIsTheLastOne) {
    DrainNginx it({.replicas = 1});
    ASSERT_TRUE(it.start());
    expect_refused(it.drain(0), 409, "last_ready_server");
    ASSERT_TRUE(has_status(it.drain(0, R"({"force":true,"reason":"maintenance"})"), 200));
    EXPECT_EQ(it.client().get("/?unary=1").status, 502) << "there is nobody to serve";
    ASSERT_TRUE(has_status(it.ready(0), 200));
    EXPECT_TRUE(has_status(it.client().get("/?unary=1"), 200));
    it.nginx().expect_clean_log();
}

TEST(ApiGuard, MinReadyServersStay) {
    DrainNginx it({.replicas = 4, .http = "drain_settle 0; drain_min_ready 3;"});
    ASSERT_TRUE(it.start());
    ASSERT_TRUE(has_status(it.drain(0), 200));
    const auto refused = it.drain(1);
    expect_refused(refused, 409, "min_ready");
    EXPECT_NE(refused.body.find("3"), std::string::npos) << refused.body;
    ASSERT_TRUE(has_status(it.ready(0), 200));
    ASSERT_TRUE(has_status(it.drain(1), 200));
    it.nginx().expect_clean_log();
}

TEST(ApiGuard, TheUpstreamsOwnMinReadyCounts) {
    DrainNginx it({.after = "drain_min_ready 1;", .http = "drain_settle 0; drain_min_ready 2;"});
    ASSERT_TRUE(it.start());
    ASSERT_TRUE(has_status(it.drain(0), 200));
    it.nginx().expect_clean_log();
}

TEST(ApiGuard, ForceNeedsAReasonAndIsRecorded) {
    DrainNginx it;
    ASSERT_TRUE(it.start());
    ASSERT_TRUE(has_status(it.drain(0), 200));
    expect_refused(it.drain(1, R"({"force":true})"), 400, "bad_request");
    expect_refused(it.drain(1, R"({"force":true,"reason":"  "})"), 400, "bad_request");
    EXPECT_EQ(it.state(1), "ready");
    ASSERT_TRUE(
        has_status(it.drain(1, R"({"force":true,"reason":"rack on fire","by":"ann"})"), 200));
    EXPECT_EQ(it.state(1), "drained");
    EXPECT_TRUE(it.nginx().wait_for_log("drain (forced) by ann: rack on fire"));
    EXPECT_NE(it.nginx().error_log().find("[warn]"), std::string::npos);
    it.nginx().expect_clean_log();
}

TEST(ApiGuard, ARunningSequenceWithAnotherGoalIsNotDisturbed) {
    DrainNginx it({.before = "zone up 256k;", .after = "drain_stop_hook exec /bin/true;"});
    ASSERT_TRUE(it.start());
    it.replica(0).hold();
    auto first = it.client().start({"GET", "/?hold_at=1", {}, {}});
    auto second = it.client().start({"GET", "/?unary=1", {}, {}});
    ASSERT_TRUE(it.wait_for_in_flight(0, 1));
    ASSERT_TRUE(has_status(it.command(0, "stop", R"({"wait":false,"by":"ann"})"), 202));
    const auto refused = it.drain(0);
    expect_refused(refused, 409, "sequence_running");
    EXPECT_NE(refused.body.find("stopped"), std::string::npos) << refused.body;
    EXPECT_EQ(text_of(it.server(0).at("sequence").as_object(), "by"), "ann");
    ASSERT_TRUE(has_status(it.ready(0), 200)) << "`ready` always gets it back";
    EXPECT_EQ(it.state(0), "ready");
    it.replica(0).release();
    it.nginx().expect_clean_log();
}

TEST(ApiGuard, StopNeedsAStopHook) {
    DrainNginx it;
    ASSERT_TRUE(it.start());
    for (const std::string action : {"stop", "restart"}) {
        const auto refused = it.command(0, action);
        expect_refused(refused, 400, "bad_request");
        EXPECT_NE(refused.body.find("drain_stop_hook"), std::string::npos) << refused.body;
    }
    EXPECT_EQ(it.state(0), "ready");
    it.nginx().expect_clean_log();
}

TEST(ApiGuard, CommandsThatHaveNothingToDoSaySoAtOnce) {
    DrainNginx it;
    ASSERT_TRUE(it.start());
    EXPECT_TRUE(has_status(it.ready(0), 200));
    EXPECT_TRUE(it.server(0).at("last").is_null()) << "no sequence ran";
    ASSERT_TRUE(has_status(it.command(0, "down"), 200));
    EXPECT_EQ(it.state(0), "down");
    EXPECT_TRUE(has_status(it.command(0, "down"), 200));
    const auto since = text_of(it.server(0), "since");
    EXPECT_TRUE(has_status(it.command(0, "down", R"({"wait":false})"), 200));
    EXPECT_EQ(text_of(it.server(0), "since"), since);
    it.nginx().expect_clean_log();
}

TEST(ApiGuard, DownLetsRunningRequestsFinish) {
    DrainNginx it({.before = "zone up 256k;"});
    ASSERT_TRUE(it.start());
    it.replica(0).hold();
    auto call = it.client().start({"GET", "/?hold_at=1", {}, {}});
    ASSERT_TRUE(it.wait_for_in_flight(0, 1));
    ASSERT_TRUE(has_status(it.command(0, "down"), 200));
    EXPECT_EQ(it.in_flight(0), 1);
    for (int i = 0; i < 10; ++i) {
        EXPECT_EQ(it.client().get("/?unary=1").header("X-Replica"), "r1");
    }
    it.replica(0).release();
    EXPECT_TRUE(call->wait().value().whole);
    EXPECT_TRUE(it.wait_for_in_flight(0, 0));
    it.nginx().expect_clean_log();
}

}  // namespace
}  // namespace lbdrain::test
