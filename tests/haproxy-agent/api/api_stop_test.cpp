// An agent that goes away: who waits is told to ask again, and nothing is left behind.
#include <sys/stat.h>

#include <filesystem>

#include "api_fixture.hpp"

namespace lbdrain::agent::test {
namespace {

using testing::HasSubstr;

class AgentApiStop : public AgentApi {};

TEST_F(AgentApiStop, WhoWaitsIsToldToAskAgain) {
    occupy(1);
    auto plain = begin("r0", "drain");
    auto lines = begin("r0", "drain", "", wants_lines);
    auto events = client_.start({"GET", "/v1/events", {}, {}});
    ASSERT_TRUE(lines->wait_for_body("\n"));
    ASSERT_TRUE(events->wait_for_body("\n"));
    auto exchange = client_.open();
    ASSERT_TRUE(
        exchange.send("POST " + path("r0", "drain") + " HTTP/1.1\r\nContent-Length: 0\r\n\r\n"));
    ASSERT_TRUE(eventually(long_enough, [&] {
        int commands = 0;
        on_loop([&] { commands = backend_.commands(); });
        return commands == 3;
    }));
    stop();
    for (const auto& answer : {plain->wait().value(), exchange.response()}) {
        EXPECT_EQ(answer.status, 503);
        EXPECT_EQ(code_of(answer), "interrupted");
        EXPECT_EQ(answer.header("Retry-After"), "1");
    }
    const auto progress = lines->wait().value();
    ASSERT_TRUE(has_status(progress, 200)) << "ended in order, not broken off";
    const auto last = lines_of(progress.body).back();
    EXPECT_EQ(text_of(last, "event"), "interrupted");
    EXPECT_EQ(text_of(last.at("problem").as_object(), "code"), "interrupted");
    EXPECT_EQ(text_of(last.at("server").as_object(), "state"), "draining");
    const auto stream = events->wait().value();
    ASSERT_TRUE(has_status(stream, 200));
    EXPECT_EQ(text_of(lines_of(stream.body).back(), "event"), "interrupted");
    EXPECT_TRUE(wait_until_stopped());
    EXPECT_FALSE(std::filesystem::exists(socket_path()));
    on_loop([&] { EXPECT_EQ(backend_.sequence("up", "r0")->state, ServerState::draining); });
}

TEST_F(AgentApiStop, TheGoalReachedIsToldEvenThen) {
    occupy(1);
    auto drain = begin("r0", "drain");
    ASSERT_TRUE(wait_for_state("r0", "draining"));
    on_loop([&] {
        backend_.occupy("r0", 0);
        api_->stop();
    });
    EXPECT_TRUE(has_status(drain->wait().value(), 200));
}

TEST_F(AgentApiStop, IdleConnectionsAreClosedAndNewOnesRefused) {
    auto idle = client_.open();
    ASSERT_TRUE(idle.send("GET /v1/status HTTP/1.1\r\n\r\n"));
    ASSERT_TRUE(has_status(idle.response(), 200));
    auto half = client_.begin({"POST", path("r0", "drain"), {}, {}}, 100);
    ASSERT_TRUE(eventually(long_enough, [&] { return client_.get("/v1/status").status == 200; }));
    stop();
    EXPECT_EQ(idle.receive(), "");
    EXPECT_EQ(half.receive(), "");
    EXPECT_TRUE(wait_until_stopped());
    EXPECT_EQ(client_.get("/v1/status").status, 0);
}

TEST_F(AgentApiStop, ACutOffClientDoesNotHoldItUp) {
    auto deaf = client_.open();  // reads nothing, and gets more than the socket holds
    std::string many;
    for (int i = 0; i < 1000; ++i) {
        many += "GET /v1/status HTTP/1.1\r\n\r\n";
    }
    ASSERT_TRUE(deaf.send(many));
    ASSERT_TRUE(has_status(client_.get("/v1/status"), 200));
    stop();
    EXPECT_TRUE(wait_until_stopped()) << "after stop_timeout";
}

TEST_F(AgentApiStop, DestroyedWhileAllIsGoingOn) {
    occupy(1);
    auto plain = begin("r0", "drain");
    auto lines = begin("r0", "drain", "", wants_lines);
    auto events = client_.start({"GET", "/v1/events", {}, {}});
    ASSERT_TRUE(lines->wait_for_body("\n"));
    ASSERT_TRUE(events->wait_for_body("\n"));
    ASSERT_TRUE(wait_for_state("r0", "draining"));
    on_loop([&] {
        backend_.tell("r0");
        backend_.set_listener(nullptr);
        api_->stop([] { FAIL() << "the server is gone"; });
        api_ = *ApiServer::listen(io_, backend_, {socket_path(), 0600, "", ""});
    });
    EXPECT_TRUE(plain->wait());
    EXPECT_TRUE(lines->wait());
    EXPECT_TRUE(events->wait());
    EXPECT_TRUE(has_status(client_.get("/v1/status"), 200)) << "the new one, at the same place";
}

}  // namespace
}  // namespace lbdrain::agent::test
