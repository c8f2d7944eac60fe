// Many commands at a time, taken by several workers.
#include <gtest/gtest.h>

#include <random>

#include "drain_fixture.hpp"

namespace lbdrain::test {
namespace {

DrainSetup many_workers(int replicas) {
    DrainSetup setup;
    setup.replicas = replicas;
    setup.workers = 3;
    setup.listen = "reuseport";
    return setup;
}

TEST(ApiParallel, TwoDrainsAtOnceNeverTakeTheLastServer) {
    DrainNginx it(many_workers(2));
    ASSERT_TRUE(it.start());
    for (int round = 0; round < 40; ++round) {
        SCOPED_TRACE(round);
        auto a = it.begin(0, "drain");
        auto b = it.begin(1, "drain");
        auto c = it.begin(0, "down");
        const auto first = a->wait().value();
        const auto second = b->wait().value();
        const auto third = c->wait().value();
        EXPECT_TRUE(it.state(0) == "ready" || it.state(1) == "ready");
        const std::size_t out = it.state(0) == "ready" ? 1 : 0;
        const auto& refused = out == 0 ? second : first;
        EXPECT_EQ(code_of(refused), "last_ready_server");
        ASSERT_TRUE(has_status(it.client().get("/?unary=1"), 200));
        ASSERT_TRUE(has_status(it.ready(out, R"({"check":false})"), 200));
    }
    it.nginx().expect_clean_log();
}

TEST(ApiParallel, FiftyCommandsNeverWedge) {
    DrainNginx it(many_workers(4));
    ASSERT_TRUE(it.start());
    const unsigned seed = std::random_device{}();
    SCOPED_TRACE("seed " + std::to_string(seed));
    std::mt19937 random(seed);
    const std::string actions[] = {"drain", "ready", "down", "ready"};
    const std::string bodies[] = {"", R"({"wait":false})", R"({"force":true,"reason":"chaos"})",
                                  R"({"settle_s":0.02})"};
    for (int round = 0; round < 4; ++round) {
        std::vector<std::unique_ptr<HttpCall>> calls;
        for (int i = 0; i < 50; ++i) {
            const auto& action = actions[random() % 4];
            auto body = bodies[random() % 4];
            if (action != "drain" && body.find("settle") != std::string::npos) {
                body = R"({"check":false})";
            }
            if (action == "down" && body.find("check") != std::string::npos) {
                body.clear();
            }
            const HttpHeaders headers =
                random() % 3 == 0 ? HttpHeaders{{"Accept", "application/x-ndjson"}} : HttpHeaders{};
            calls.push_back(it.begin(random() % 4, action, body, headers));
        }
        for (auto& call : calls) {
            const auto answer = call->wait();
            ASSERT_TRUE(answer) << "a command never came back";
            EXPECT_TRUE(answer->whole) << answer->error;
            const int status = answer->status;
            EXPECT_TRUE(status == 200 || status == 202 || status == 409)
                << status << " " << answer->body;
        }
    }
    // Whatever the outcome was, it is consistent: the states as told are those that traffic meets.
    for (std::size_t i = 0; i < it.replicas(); ++i) {
        ASSERT_TRUE(has_status(it.command(i, "ready", R"({"check":false})"), 200));
    }
    ASSERT_TRUE(has_status(it.drain(2), 200));
    std::map<std::string, int> seen;
    for (int i = 0; i < 120; ++i) {
        const auto response = it.client().get("/?unary=1");
        ASSERT_TRUE(has_status(response, 200));
        ++seen[response.header("X-Replica")];
    }
    EXPECT_EQ(seen.size(), 3U);
    EXPECT_EQ(seen.count("r2"), 0U);
    for (std::size_t i = 0; i < it.replicas(); ++i) {
        EXPECT_EQ(it.in_flight(i), 0);
        EXPECT_TRUE(it.server(i).at("sequence").is_null());
    }
    it.nginx().expect_clean_log();
}

TEST(ApiParallel, StatusIsWholeWhileEverythingChanges) {
    DrainNginx it(many_workers(3));
    ASSERT_TRUE(it.start());
    for (int round = 0; round < 30; ++round) {
        auto drain =
            it.begin(round % 3, "drain", R"({"reason":"a reason that is a little longer"})");
        const auto status = it.status();
        ASSERT_FALSE(status.empty());
        for (const auto& server : status.at("services").as_array()[0].at("servers").as_array()) {
            const auto& object = server.as_object();
            const auto state = text_of(object, "state");
            EXPECT_TRUE(state == "ready" || state == "draining" || state == "drained") << state;
            EXPECT_EQ(object.at("sequence").is_null(), state != "draining");
        }
        ASSERT_TRUE(has_status(drain->wait().value(), 200));
        ASSERT_TRUE(has_status(it.ready(round % 3, R"({"check":false})"), 200));
    }
    it.nginx().expect_clean_log();
}

}  // namespace
}  // namespace lbdrain::test
