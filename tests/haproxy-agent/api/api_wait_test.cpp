// Answers that wait for the goal: plain, as progress lines, for several clients, and none at all.
#include "api_fixture.hpp"

namespace lbdrain::agent::test {
namespace {

using testing::HasSubstr;
using testing::StartsWith;

class AgentApiWait : public AgentApi {
  protected:
    void SetUp() override { occupy(1); }

    static std::string waiting_for(const boost::json::object& server) {
        return text_of(server.at("sequence").as_object(), "waiting_for");
    }
};

TEST_F(AgentApiWait, WithoutWaitingItIs202) {
    const auto answer = command("r0", "drain", R"({"wait":false,"by":"ann","reason":"why"})");
    EXPECT_TRUE(has_status(answer, 202));
    const auto server = answer.json().as_object();
    EXPECT_EQ(text_of(server, "state"), "draining");
    EXPECT_EQ(text_of(server.at("sequence").as_object(), "by"), "ann");
    EXPECT_THAT(waiting_for(server), StartsWith("1 request in flight"));
    occupy(0);
    EXPECT_TRUE(wait_for_state("r0", "drained"));
    EXPECT_TRUE(has_status(command("r0", "drain", R"({"wait":false})"), 200)) << "already there";
}

TEST_F(AgentApiWait, WaitingAnswersAtTheGoal) {
    auto drain = begin("r0", "drain");
    ASSERT_TRUE(wait_for_state("r0", "draining"));
    EXPECT_FALSE(drain->done());
    occupy(0);
    const auto answer = drain->wait().value();
    ASSERT_TRUE(has_status(answer, 200));
    EXPECT_EQ(text_of(answer.json().as_object(), "state"), "drained");
}

TEST_F(AgentApiWait, ProgressComesAsLines) {
    auto drain = begin("r0", "drain", R"({"reason":"show me"})", wants_lines);
    ASSERT_TRUE(drain->wait_for_body("\n")) << "a line at once, not only at the end";
    // One more without a change: the wait says every second that it goes on.
    ASSERT_TRUE(eventually(long_enough, [&] { return lines_of(drain->body()).size() >= 2; }));
    occupy(2);
    ASSERT_TRUE(drain->wait_for_body("2 requests in flight")) << "a change is told";
    occupy(0);
    const auto answer = drain->wait().value();
    ASSERT_TRUE(has_status(answer, 200));
    EXPECT_EQ(answer.header("Content-Type"), "application/x-ndjson");
    const auto lines = lines_of(answer.body);
    EXPECT_EQ(text_of(lines.front(), "event"), "progress");
    EXPECT_EQ(text_of(lines.front(), "service"), "up");
    EXPECT_THAT(waiting_for(lines.front().at("server").as_object()), StartsWith("1 request in"));
    EXPECT_EQ(text_of(lines.back(), "event"), "done");
    EXPECT_EQ(text_of(lines.back().at("server").as_object(), "state"), "drained");
}

TEST_F(AgentApiWait, AMissedGoalIsAProblem) {
    const auto answer = command("r0", "drain", R"({"timeout_s":0.1})");
    EXPECT_EQ(answer.status, 504);
    EXPECT_EQ(code_of(answer), "drain_timeout");
    EXPECT_THAT(answer.body, HasSubstr("1 request(s) were still in flight"));
    const auto lines = begin("r0", "drain", R"({"timeout_s":0.1})", wants_lines)->wait().value();
    ASSERT_TRUE(has_status(lines, 200)) << "the head went out before the end was known";
    const auto last = lines_of(lines.body).back();
    EXPECT_EQ(text_of(last, "event"), "failed");
    EXPECT_EQ(text_of(last.at("problem").as_object(), "code"), "drain_timeout");
    EXPECT_EQ(text_of(last.at("server").as_object(), "state"), "ready");
}

TEST_F(AgentApiWait, LinesWhereNothingHasToBeAwaited) {
    occupy(0);
    ASSERT_TRUE(has_status(command("r0", "drain"), 200));
    const auto answer = begin("r0", "drain", "", wants_lines)->wait().value();
    ASSERT_TRUE(has_status(answer, 200));
    ASSERT_EQ(lines_of(answer.body).size(), 1U);
    EXPECT_EQ(text_of(lines_of(answer.body)[0], "event"), "done");
    EXPECT_EQ(code_of(begin("r1", "drain", "", wants_lines)->wait().value()), "last_ready_server")
        << "a refusal is no line";
}

TEST_F(AgentApiWait, LinesForOldClientsEndWithTheConnection) {
    auto exchange = client_.open();
    exchange.send("POST " + path("r0", "drain") +
                  " HTTP/1.0\r\nAccept: application/x-ndjson\r\n\r\n");
    ASSERT_TRUE(wait_for_state("r0", "draining"));
    occupy(0);
    const auto answer = exchange.response();
    ASSERT_TRUE(has_status(answer, 200));
    EXPECT_EQ(text_of(lines_of(answer.body).back(), "event"), "done");
}

TEST_F(AgentApiWait, AClientThatGoesAwayCancelsNothing) {
    for (const HttpHeaders& headers : {HttpHeaders{}, wants_lines}) {
        auto drain = begin("r0", "drain", "", headers);
        ASSERT_TRUE(wait_for_state("r0", "draining"));
        drain->abort();
        drain.reset();
    }
    EXPECT_EQ(state("r0"), "draining");
    occupy(0);
    EXPECT_TRUE(wait_for_state("r0", "drained"));
}

TEST_F(AgentApiWait, TwoHundredWaitForOneSequence) {
    std::vector<std::unique_ptr<HttpCall>> waiting;
    waiting.reserve(200);
    for (int i = 0; i < 200; ++i) {
        waiting.push_back(begin("r0", "drain", {}, i % 2 == 0 ? HttpHeaders{} : wants_lines));
    }
    EXPECT_TRUE(has_status(command("r0", "drain", R"({"wait":false})"), 202));
    occupy(0);
    for (auto& drain : waiting) {
        const auto answer = drain->wait().value();
        ASSERT_TRUE(has_status(answer, 200));
        EXPECT_THAT(answer.body, HasSubstr("drained"));
    }
    const std::string text = log();
    EXPECT_EQ(text.find("drain by"), text.rfind("drain by")) << "one sequence";
}

TEST_F(AgentApiWait, ReadyCancelsTheDrainAndTellsWhoWaited) {
    auto drain = begin("r0", "drain");
    auto lines = begin("r0", "drain", "", wants_lines);
    ASSERT_TRUE(wait_for_state("r0", "draining"));
    ASSERT_TRUE(lines->wait_for_body("\n"));
    ASSERT_TRUE(has_status(command("r0", "ready", R"({"by":"bob"})"), 200));
    const auto answer = drain->wait().value();
    EXPECT_EQ(answer.status, 409);
    EXPECT_EQ(code_of(answer), "cancelled");
    EXPECT_THAT(answer.body, HasSubstr("bob"));
    EXPECT_EQ(text_of(lines_of(lines->wait().value().body).back(), "event"), "failed");
}

TEST_F(AgentApiWait, AGoalReachedIsToldEvenIfTheNextCommandFollowsAtOnce) {
    auto drain = begin("r0", "drain");
    ASSERT_TRUE(wait_for_state("r0", "draining"));
    on_loop([&] {  // one turn of the loop
        backend_.occupy("r0", 0);
        EXPECT_TRUE(backend_.command("up", "r0", api::Action::ready, {}));
    });
    EXPECT_TRUE(has_status(drain->wait().value(), 200));
    EXPECT_EQ(state("r0"), "ready");
}

TEST_F(AgentApiWait, AServerThatAReloadTakesAwayEndsTheWait) {
    auto drain = begin("r0", "drain");
    auto lines = begin("r0", "drain", "", wants_lines);
    ASSERT_TRUE(lines->wait_for_body("\n"));
    ASSERT_TRUE(wait_for_state("r0", "draining"));
    on_loop([&] { backend_.remove("r0"); });
    EXPECT_EQ(code_of(drain->wait().value()), "unknown_server");
    const auto last = lines_of(lines->wait().value().body).back();
    EXPECT_EQ(text_of(last, "event"), "failed");
    EXPECT_EQ(text_of(last.at("problem").as_object(), "code"), "unknown_server");
    EXPECT_EQ(text_of(last.at("server").as_object(), "name"), "r0");
}

TEST_F(AgentApiWait, ARequestBehindTheWaitingOneGetsItsTurn) {
    for (const std::string accept : {"*/*", "application/x-ndjson"}) {
        auto exchange = client_.open();
        ASSERT_TRUE(exchange.send("POST " + path("r0", "drain") + " HTTP/1.1\r\nAccept: " + accept +
                                  "\r\nContent-Length: 0\r\n\r\n"));
        ASSERT_TRUE(wait_for_state("r0", "draining"));
        ASSERT_TRUE(exchange.send("GET " + path("r0") + " HTTP/1.1\r\n\r\n"));
        occupy(0);
        EXPECT_TRUE(has_status(exchange.response(), 200));
        EXPECT_EQ(text_of(exchange.response().json().as_object(), "state"), "drained");
        // And one that comes after the answer, on the same connection.
        ASSERT_TRUE(exchange.send("POST " + path("r0", "ready") +
                                  " HTTP/1.1\r\nContent-Length: 0\r\n\r\n"));
        EXPECT_TRUE(has_status(exchange.response(), 200));
        occupy(1);
    }
}

}  // namespace
}  // namespace lbdrain::agent::test
