// What becomes of requests when the agent takes their server out: those in flight, and those that a
// cookie ties to it.
#include <gtest/gtest.h>

#include "checked_server.hpp"
#include "http_call.hpp"
#include "http_client.hpp"
#include "replica.hpp"
#include "token_stream.hpp"

namespace lbdrain::test {
namespace {

class Routing : public CheckedServer {
  protected:
    testing::AssertionResult start_with_frontend(const std::string& backend = "") {
        return start(one_.address() + " cookie s1" + asks_by_name("be/s1") + "\n    server s2 " +
                         two_.address() + " cookie s2" + asks_by_name("be/s2"),
                     "    balance roundrobin\n" + backend,
                     "frontend fe\n    bind 127.0.0.1:" + std::to_string(port_) +
                         "\n    default_backend be\n");
    }
    // Of ten requests with s1's cookie, so many were answered by it; all must be good.
    int tied_to_first() {
        int count = 0;
        for (int i = 0; i < 10; ++i) {
            HttpRequest request;
            request.target = "/?chunks=1";
            request.headers = {{"Cookie", "replica=s1"}};
            const auto response = client_.request(request);
            EXPECT_EQ(response.status, 200) << response.error;
            count += response.header("X-Replica") == "one" ? 1 : 0;
        }
        return count;
    }

    Replica one_{"one"};
    Replica two_{"two"};
    std::uint16_t port_ = free_port();
    HttpClient client_{Endpoint::tcp(port_)};
};

class InFlight : public Routing, public testing::WithParamInterface<const char*> {};

INSTANTIATE_TEST_SUITE_P(, InFlight,
                         testing::Values("up drain\n", "up maint\n", "down #x\n", "up 0%\n"),
                         [](const auto& answer) {
                             const std::string line = answer.param;
                             return line.starts_with("down") ? std::string("Down")
                                    : line == "up 0%\n"      ? std::string("ZeroPercent")
                                    : line == "up drain\n"   ? std::string("Drain")
                                                             : std::string("Maint");
                         });

TEST_P(InFlight, SurvivesAndNoneFollows) {
    ASSERT_TRUE(start_with_frontend());
    ASSERT_TRUE(say("up drain\n", "be/s2"));
    ASSERT_TRUE(say("up ready\n", "be/s1"));
    one_.hold();
    HttpRequest request;
    request.target = "/?chunks=5&hold_at=2";
    std::vector<std::unique_ptr<HttpCall>> calls;
    for (int i = 0; i < 3; ++i) {
        calls.push_back(client_.start(request));
    }
    ASSERT_TRUE(one_.wait_for_held(3));
    ASSERT_TRUE(say("up ready\n", "be/s2"));
    ASSERT_TRUE(say(GetParam(), "be/s1"));
    for (int i = 0; i < 10; ++i) {
        EXPECT_EQ(client_.get("/?chunks=1").header("X-Replica"), "two");
    }
    one_.release();
    for (auto& call : calls) {
        const auto response = call->wait();
        ASSERT_TRUE(response);
        EXPECT_EQ(response->body, whole_stream(5, false)) << response->error;
    }
}

TEST_F(Routing, ACookieKeepsADrainedServerBusyUntilMaintenance) {
    ASSERT_TRUE(start_with_frontend("    cookie replica insert indirect\n"));
    ASSERT_TRUE(say("up\n", "be/s2"));
    ASSERT_TRUE(say("up\n", "be/s1"));
    EXPECT_EQ(tied_to_first(), 10);
    ASSERT_TRUE(say("up drain\n"));
    EXPECT_EQ(tied_to_first(), 10);
    ASSERT_TRUE(say("up ready 0%\n"));
    EXPECT_EQ(tied_to_first(), 10);
    ASSERT_TRUE(say("up maint 100%\n"));
    EXPECT_EQ(tied_to_first(), 0);
    ASSERT_TRUE(say("down ready\n"));
    EXPECT_EQ(tied_to_first(), 0);
}

}  // namespace
}  // namespace lbdrain::test
