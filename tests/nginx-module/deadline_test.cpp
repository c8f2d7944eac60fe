// The drain's clock: how soon zero is noticed, and what happens at the deadline.
#include <gtest/gtest.h>

#include <algorithm>
#include <iostream>

#include "drain_fixture.hpp"
#include "token_stream.hpp"

namespace lbdrain::test {
namespace {

DrainSetup setup_with(const std::string& after, const std::string& http = {}) {
    DrainSetup setup;
    setup.before = "zone up 256k;";
    setup.after = after;
    setup.http += http;
    return setup;
}

// A request that is on replica 0 and stays there.
std::unique_ptr<HttpCall> occupy(DrainNginx& it) {
    it.replica(0).hold();
    auto call = it.client().start({"POST", "/?chunks=4&hold_at=2", {}, "{}"});
    EXPECT_TRUE(it.replica(0).wait_for_held(1));
    return call;
}

void expect_answered(HttpCall& call, DrainNginx& it) {
    EXPECT_FALSE(call.done());
    it.replica(0).release();
    EXPECT_EQ(call.wait().value().body, whole_stream(4, false)) << "nothing was cut";
}

TEST(DrainClock, ZeroIsNoticedSoonAfterTheLastByte) {
    DrainNginx it(setup_with(""));
    ASSERT_TRUE(it.start());
    std::vector<std::int64_t> delays;
    for (int i = 0; i < 30; ++i) {
        it.replica(0).hold();
        it.replica(1).hold();
        auto call = it.client().start({"GET", "/?hold_at=1", {}, {}});
        ASSERT_TRUE(eventually(long_enough, [&] {
            return it.replica(0).counts().held + it.replica(1).counts().held == 1;
        }));
        const std::size_t busy = it.replica(0).counts().held == 1 ? 0 : 1;
        auto drain = it.begin(busy, "drain");
        ASSERT_TRUE(it.wait_for_state(busy, "draining"));
        it.replica(0).release();
        it.replica(1).release();
        ASSERT_TRUE(has_status(drain->wait().value(), 200));
        const auto answered = steady_ms();
        EXPECT_TRUE(call->wait().value().whole);
        ASSERT_TRUE(it.replica(busy).wait_for_in_flight(0));
        delays.push_back(
            std::max<std::int64_t>(0, answered - it.replica(busy).counts().last_end_ms));
        ASSERT_TRUE(has_status(it.ready(busy), 200));
    }
    std::ranges::sort(delays);
    std::cout << "drained answered after the last byte, ms: median " << delays[delays.size() / 2]
              << ", 90 % " << delays[delays.size() * 9 / 10] << ", most " << delays.back() << '\n';
    EXPECT_LT(delays.back(), 2000);
    it.nginx().expect_clean_log();
}

TEST(DrainDeadline, TheServerIsPutBackAndNothingIsCut) {
    DrainNginx it(setup_with("drain_timeout 200ms;"));
    ASSERT_TRUE(it.start());
    auto call = occupy(it);
    const auto answer = it.drain(0);
    EXPECT_EQ(answer.status, 504);
    EXPECT_EQ(code_of(answer), "drain_timeout");
    EXPECT_NE(answer.body.find("1 request"), std::string::npos) << answer.body;
    EXPECT_EQ(it.state(0), "ready");
    const auto last = it.server(0).at("last").as_object();
    EXPECT_EQ(text_of(last, "outcome"), "drain_timeout");
    EXPECT_EQ(last.at("left_in_flight").to_number<int>(), 1);
    expect_answered(*call, it);
    for (int i = 0; i < 4; ++i) {
        EXPECT_TRUE(has_status(it.client().get("/?unary=1"), 200));
    }
    EXPECT_GE(it.replica(0).counts().started, 2) << "it gets traffic again";
    it.nginx().expect_clean_log();
}

TEST(DrainDeadline, TheCommandsOwnTimeoutWins) {
    DrainNginx it(setup_with("drain_timeout 1h; drain_on_timeout wait;"));
    ASSERT_TRUE(it.start());
    auto call = occupy(it);
    EXPECT_EQ(it.drain(0, R"({"timeout_s":0.1,"on_timeout":"readmit"})").status, 504);
    EXPECT_EQ(it.state(0), "ready");
    expect_answered(*call, it);
    it.nginx().expect_clean_log();
}

TEST(DrainDeadline, WaitGoesOnAndSaysSo) {
    DrainNginx it(setup_with("", "drain_timeout 100ms; drain_on_timeout wait;"));
    ASSERT_TRUE(it.start());
    auto call = occupy(it);
    auto drain = it.begin(0, "drain");
    ASSERT_TRUE(eventually(long_enough, [&] {
        const auto server = it.server(0);
        const auto* sequence = server.at("sequence").if_object();
        return sequence != nullptr &&
               text_of(*sequence, "waiting_for").find("past the deadline") != std::string::npos;
    }));
    EXPECT_EQ(it.state(0), "draining");
    EXPECT_FALSE(drain->done());
    expect_answered(*call, it);
    EXPECT_TRUE(has_status(drain->wait().value(), 200));
    EXPECT_EQ(it.state(0), "drained");
    it.nginx().expect_clean_log();
}

TEST(DrainDeadline, StopGoesOnToTheStopHookAndSaysWhatWasCut) {
    DrainNginx it(
        setup_with("drain_timeout 100ms; drain_on_timeout stop;"
                   "drain_stop_hook http http://$server/stop;"));
    ASSERT_TRUE(it.start());
    auto call = occupy(it);
    Replica& replica = it.replica(0);
    replica.on("/stop", [&](const HttpReader&) { return ReplicaReply{}; });
    auto stop = it.begin(0, "stop");
    // The hook's own end: the port refuses.
    ASSERT_TRUE(eventually(long_enough, [&] { return replica.counts().probes >= 1; }));
    replica.kill();
    const auto answer = stop->wait().value();
    EXPECT_TRUE(has_status(answer, 200));
    EXPECT_EQ(it.state(0), "stopped");
    EXPECT_EQ(it.server(0).at("last").as_object().at("left_in_flight").to_number<int>(), 1);
    EXPECT_FALSE(call->wait().value().whole);
    it.nginx().expect_clean_log();
}

TEST(DrainDeadline, APlainDrainIsPutBackEvenWhereStopsWouldGoOn) {
    DrainNginx it(setup_with("drain_timeout 100ms; drain_on_timeout stop;"));
    ASSERT_TRUE(it.start());
    auto call = occupy(it);
    EXPECT_EQ(code_of(it.drain(0)), "drain_timeout");
    EXPECT_EQ(it.state(0), "ready");
    expect_answered(*call, it);
    it.nginx().expect_clean_log();
}

}  // namespace
}  // namespace lbdrain::test
