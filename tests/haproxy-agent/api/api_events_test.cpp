// GET /v1/events: what there is, then what changes, for readers of any speed.
#include "api_fixture.hpp"

namespace lbdrain::agent::test {
namespace {

using testing::HasSubstr;

class AgentApiEvents : public AgentApi {
  protected:
    AgentApiEvents() : AgentApi(limits()) {}

    static ApiLimits limits() {
        ApiLimits limits;
        limits.event_bytes = 4096;
        return limits;
    }

    std::unique_ptr<HttpCall> events() {
        auto call = client_.start({"GET", "/v1/events", {}, {}});
        EXPECT_TRUE(call->wait_for_body("\"r1\""));
        return call;
    }

    static std::vector<std::string> states_of(const std::string& body, const std::string& server) {
        std::vector<std::string> states;
        for (const auto& line : lines_of(body.substr(0, body.rfind('\n') + 1))) {
            const auto& view = line.at("server").as_object();
            if (text_of(view, "name") == server &&
                (states.empty() || states.back() != text_of(view, "state"))) {
                states.push_back(text_of(view, "state"));
            }
        }
        return states;
    }
};

TEST_F(AgentApiEvents, BeginWithAllServersAndGoOnWithChanges) {
    auto call = events();
    const auto first = lines_of(call->body());
    ASSERT_EQ(first.size(), 2U);
    EXPECT_EQ(text_of(first[0], "event"), "state");
    EXPECT_EQ(text_of(first[0], "service"), "up");
    occupy(1);
    ASSERT_TRUE(has_status(command("r0", "drain", R"({"wait":false})"), 202));
    ASSERT_TRUE(call->wait_for_body("draining"));
    occupy(0);
    ASSERT_TRUE(call->wait_for_body("\"state\":\"drained\""));
    EXPECT_EQ(states_of(call->body(), "r0"),
              (std::vector<std::string>{"ready", "draining", "drained"}));
    EXPECT_EQ(text_of(lines_of(call->body()).back(), "event"), "changed");
    EXPECT_FALSE(call->done());
}

TEST_F(AgentApiEvents, TellOfServersThatComeAndGo) {
    auto call = events();
    on_loop([&] { backend_.add("r2"); });
    ASSERT_TRUE(call->wait_for_body("r2"));
    on_loop([&] { backend_.remove("r2"); });
    ASSERT_TRUE(call->wait_for_body("removed"));
    const auto last = lines_of(call->body()).back();
    EXPECT_EQ(text_of(last.at("server").as_object(), "name"), "r2");
}

TEST_F(AgentApiEvents, ASlowReaderIsToldTheNewestInBoundedMemory) {
    auto exchange = client_.open();
    ASSERT_TRUE(exchange.send("GET /v1/events HTTP/1.1\r\n\r\n"));
    ASSERT_THAT(exchange.receive(), HasSubstr("200 OK"));
    // Far more than socket buffers and event_bytes hold.
    for (std::uint64_t i = 1; i <= 5000; ++i) {
        occupy(i);
    }
    occupy(424242);
    std::string all;
    while (all.find("424242") == std::string::npos) {
        const std::string bytes = exchange.receive();
        ASSERT_FALSE(bytes.empty()) << exchange.error();
        all += bytes;
    }
    EXPECT_LT(all.size(), std::size_t{2000} * 500) << "not every change was kept for it";
    // A fast one beside it: nobody waits for the slow one.
    auto fast = events();
    occupy(515151);
    EXPECT_TRUE(fast->wait_for_body("515151"));
}

TEST_F(AgentApiEvents, AReaderThatGoesAwayIsForgotten) {
    for (int i = 0; i < 300; ++i) {  // more than there may be connections
        auto call = client_.start({"GET", "/v1/events", {}, {}});
        ASSERT_TRUE(call->wait_for_body("\n")) << i;
    }
    occupy(1);
    EXPECT_TRUE(has_status(client_.get("/v1/status"), 200));
}

}  // namespace
}  // namespace lbdrain::agent::test
