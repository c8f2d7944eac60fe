// Answers that wait for the goal: plain, as progress lines, for several clients, and none at all.
#include <gtest/gtest.h>

#include "drain_fixture.hpp"

namespace lbdrain::test {
namespace {

const HttpHeaders wants_lines{{"Accept", "application/x-ndjson"}};

class ApiWaitTest : public testing::Test {
  protected:
    void SetUp() override { ASSERT_TRUE(it.start()); }

    // A request that stays in flight on replica 0 until it is released.
    std::unique_ptr<HttpCall> occupy() {
        it.replica(0).hold();
        it.replica(1).hold();
        auto call = it.client().start({"GET", "/?hold_at=1", {}, {}});
        auto other = it.client().start({"GET", "/?hold_at=1", {}, {}});
        EXPECT_TRUE(it.wait_for_in_flight(0, 1));
        EXPECT_TRUE(it.wait_for_in_flight(1, 1));
        it.replica(1).release();
        // Each of the two may be the one on replica 0.
        const auto ended = [&] { return call->done() || other->done(); };
        EXPECT_TRUE(eventually(long_enough, ended));
        return call->done() ? std::move(other) : std::move(call);
    }

    static DrainSetup setup() {
        DrainSetup setup;
        setup.before = "zone up 256k;";  // strict turns
        return setup;
    }

    DrainNginx it{setup()};
};

TEST_F(ApiWaitTest, WithoutWaitingItIs202) {
    auto call = occupy();
    const auto answer = it.drain(0, R"({"wait":false,"by":"ann","reason":"why"})");
    EXPECT_TRUE(has_status(answer, 202));
    const auto server = answer.json().as_object();
    EXPECT_EQ(text_of(server, "state"), "draining");
    const auto& sequence = server.at("sequence").as_object();
    EXPECT_EQ(text_of(sequence, "goal"), "drained");
    EXPECT_EQ(text_of(sequence, "by"), "ann");
    EXPECT_EQ(text_of(sequence, "reason"), "why");
    EXPECT_TRUE(text_of(sequence, "waiting_for").starts_with("1 request in flight"))
        << text_of(sequence, "waiting_for");
    EXPECT_FALSE(text_of(sequence, "deadline").empty());
    EXPECT_EQ(it.state(0), "draining");
    it.replica(0).release();
    EXPECT_TRUE(it.wait_for_state(0, "drained"));
    EXPECT_TRUE(call->wait().value().whole);
    EXPECT_TRUE(has_status(it.drain(0, R"({"wait":false})"), 200)) << "already there";
    it.nginx().expect_clean_log();
}

TEST_F(ApiWaitTest, WaitingAnswersAtTheGoal) {
    auto call = occupy();
    auto drain = it.begin(0, "drain");
    ASSERT_TRUE(it.wait_for_state(0, "draining"));
    EXPECT_FALSE(drain->done());
    it.replica(0).release();
    const auto answer = drain->wait().value();
    ASSERT_TRUE(has_status(answer, 200));
    EXPECT_EQ(text_of(answer.json().as_object(), "state"), "drained");
    EXPECT_TRUE(call->wait().value().whole) << "the request was answered before the drain was";
    it.nginx().expect_clean_log();
}

TEST_F(ApiWaitTest, ProgressComesAsLines) {
    auto call = occupy();
    auto drain = it.begin(0, "drain", R"({"reason":"show me"})", wants_lines);
    ASSERT_TRUE(drain->wait_for_body("\n")) << "a line at once, not only at the end";
    // One more without a change: the wait says every second that it goes on.
    ASSERT_TRUE(eventually(long_enough, [&] { return lines_of(drain->body()).size() >= 2; }));
    it.replica(0).release();
    const auto answer = drain->wait().value();
    ASSERT_TRUE(has_status(answer, 200));
    EXPECT_EQ(answer.header("Content-Type"), "application/x-ndjson");
    const auto lines = lines_of(answer.body);
    ASSERT_GE(lines.size(), 2U);
    EXPECT_EQ(text_of(lines.front(), "event"), "progress");
    EXPECT_EQ(text_of(lines.front(), "service"), "up");
    const auto& first = lines.front().at("server").as_object();
    EXPECT_EQ(text_of(first, "state"), "draining");
    EXPECT_TRUE(
        text_of(first.at("sequence").as_object(), "waiting_for").starts_with("1 request in"));
    EXPECT_EQ(text_of(lines.back(), "event"), "done");
    EXPECT_EQ(text_of(lines.back().at("server").as_object(), "state"), "drained");
    it.nginx().expect_clean_log();
}

TEST_F(ApiWaitTest, LinesTellAFailureToo) {
    auto call = occupy();
    auto drain = it.begin(0, "drain", R"({"timeout_s":0.2})", wants_lines);
    const auto answer = drain->wait().value();
    ASSERT_TRUE(has_status(answer, 200)) << "the head went out before the end was known";
    const auto last = lines_of(answer.body).back();
    EXPECT_EQ(text_of(last, "event"), "failed");
    const auto& problem = last.at("problem").as_object();
    EXPECT_EQ(text_of(problem, "code"), "drain_timeout");
    EXPECT_EQ(problem.at("status").to_number<int>(), 504);
    EXPECT_EQ(text_of(last.at("server").as_object(), "state"), "ready");
    it.replica(0).release();
    EXPECT_TRUE(call->wait().value().whole);
    it.nginx().expect_clean_log();
}

TEST_F(ApiWaitTest, LinesWhereNothingHasToBeAwaited) {
    ASSERT_TRUE(has_status(it.drain(0), 200));
    auto again = it.begin(0, "drain", "", wants_lines);
    const auto answer = again->wait().value();
    ASSERT_TRUE(has_status(answer, 200));
    const auto lines = lines_of(answer.body);
    ASSERT_EQ(lines.size(), 1U);
    EXPECT_EQ(text_of(lines[0], "event"), "done");
    auto refused = it.begin(1, "drain", "", wants_lines);
    EXPECT_EQ(code_of(refused->wait().value()), "last_ready_server") << "a refusal is no line";
    it.nginx().expect_clean_log();
}

TEST_F(ApiWaitTest, AClientThatGoesAwayCancelsNothing) {
    auto call = occupy();
    for (const HttpHeaders& headers : {HttpHeaders{}, wants_lines}) {
        auto drain = it.begin(0, "drain", "", headers);
        ASSERT_TRUE(it.wait_for_state(0, "draining"));
        drain->abort();
        drain.reset();
    }
    // Both have been noticed: their connections are closed.
    EXPECT_EQ(it.state(0), "draining");
    it.replica(0).release();
    EXPECT_TRUE(it.wait_for_state(0, "drained"));
    EXPECT_TRUE(call->wait().value().whole);
    it.nginx().expect_clean_log();
}

TEST_F(ApiWaitTest, AskingAgainJoins) {
    auto call = occupy();
    std::vector<std::unique_ptr<HttpCall>> waiting;
    for (int i = 0; i < 6; ++i) {
        waiting.push_back(it.begin(0, "drain", {}, i % 2 == 0 ? HttpHeaders{} : wants_lines));
    }
    EXPECT_TRUE(has_status(it.drain(0, R"({"wait":false})"), 202));
    it.replica(0).release();
    for (auto& drain : waiting) {
        EXPECT_TRUE(has_status(drain->wait().value(), 200));
    }
    const auto log = it.nginx().error_log();
    const auto first = log.find("draining -> drained");
    ASSERT_NE(first, std::string::npos);
    EXPECT_EQ(log.find("draining -> drained", first + 1), std::string::npos) << "one sequence";
    it.nginx().expect_clean_log();
}

TEST_F(ApiWaitTest, ReadyCancelsTheDrainAndTellsWhoWaited) {
    auto call = occupy();
    auto drain = it.begin(0, "drain");
    auto lines = it.begin(0, "drain", "", wants_lines);
    ASSERT_TRUE(it.wait_for_state(0, "draining"));
    ASSERT_TRUE(lines->wait_for_body("\n"));
    ASSERT_TRUE(has_status(it.ready(0, R"({"by":"bob"})"), 200));
    const auto answer = drain->wait().value();
    EXPECT_EQ(answer.status, 409);
    EXPECT_EQ(code_of(answer), "cancelled");
    EXPECT_NE(answer.body.find("bob"), std::string::npos) << answer.body;
    EXPECT_EQ(text_of(lines_of(lines->wait().value().body).back(), "event"), "failed");
    EXPECT_EQ(it.state(0), "ready");
    it.replica(0).release();
    EXPECT_TRUE(call->wait().value().whole);
    it.nginx().expect_clean_log();
}

TEST_F(ApiWaitTest, ARequestBehindTheWaitingOneGetsItsTurn) {
    auto call = occupy();
    auto exchange = it.client().open();
    const auto server = DrainNginx::path(it.address(0));
    ASSERT_TRUE(exchange.send("POST " + server +
                              "/drain HTTP/1.1\r\nHost: x\r\nContent-Length: 0\r\n\r\n"
                              "GET " +
                              server + " HTTP/1.1\r\nHost: x\r\n\r\n"));
    ASSERT_TRUE(it.wait_for_state(0, "draining"));
    it.replica(0).release();
    EXPECT_TRUE(has_status(exchange.response(), 200));
    EXPECT_EQ(text_of(exchange.response().json().as_object(), "state"), "drained");
    EXPECT_TRUE(call->wait().value().whole);
    it.nginx().expect_clean_log();
}

TEST_F(ApiWaitTest, ZeroHasToHoldForTheSettleTime) {
    const auto begin = steady_ms();
    auto drain = it.begin(0, "drain", R"({"settle_s":0.5})", wants_lines);
    ASSERT_TRUE(has_status(drain->wait().value(), 200));
    EXPECT_GE(steady_ms() - begin, 500);
    EXPECT_NE(drain->body().find("nothing in flight, to hold for"), std::string::npos);
    it.nginx().expect_clean_log();
}

}  // namespace
}  // namespace lbdrain::test
