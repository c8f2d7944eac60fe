// Requests that nobody waits for at the front: subrequests, mirrors, background updates. They run
// on a replica all the same, and a drain has to wait for them.
#include <gtest/gtest.h>

#include "drain_fixture.hpp"

namespace lbdrain::test {
namespace {

class SideRequestTest : public testing::Test {
  protected:
    static DrainSetup setup() {
        DrainSetup setup;
        // `side` is what the subrequests go to, so that it is known what runs there.
        setup.replicas = 3;
        setup.http += "proxy_cache_path cache keys_zone=cache:1m;\n";
        return setup;
    }

    void start() {
        auto setup = SideRequestTest::setup();
        setup.http += "upstream side { zone side 256k; server " + it.address(0) + "; server " +
                      it.address(1) + "; }\n";
        setup.locations = R"(
            location /authed {
                auth_request /auth;
                proxy_pass http://)" +
                          it.address(2) + R"(/;
            }
            location = /auth { internal; proxy_pass http://side/?unary=1; }
            location /mirrored {
                mirror /mirror;
                proxy_pass http://)" +
                          it.address(2) + R"(/;
            }
            location = /mirror { internal; proxy_pass http://side/?hold_at=1; }
            location /page { ssi on; ssi_types *; proxy_pass http://)" +
                          it.address(2) + R"(; }
            location /part { proxy_pass http://side/?unary=1; }
            location /cached {
                proxy_pass http://side;
                proxy_cache cache;
                proxy_cache_valid 200 1s;
                proxy_cache_use_stale updating;
                proxy_cache_background_update on;
            }
            location /sliced {
                slice 1k;
                proxy_set_header Range $slice_range;
                proxy_pass http://side;
            }
        )";
        it.configure(setup);
        ASSERT_TRUE(it.start());
    }

    std::string path(const std::string& action = {}) {
        return DrainNginx::path(it.address(0), action, "side");
    }
    boost::json::object server() { return it.server(it.address(0), "side"); }

    std::unique_ptr<HttpCall> drain_that_waits() {
        auto drain = it.client().start({"POST", path("drain"), {}, {}});
        EXPECT_TRUE(eventually(long_enough, [&] { return text_of(server(), "state") != "ready"; }));
        EXPECT_EQ(text_of(server(), "state"), "draining");
        EXPECT_EQ(server().at("in_flight").to_number<int>(), 1);
        return drain;
    }

    void expect_drained(HttpCall& drain) {
        const auto answer = drain.wait();
        ASSERT_TRUE(answer);
        EXPECT_TRUE(has_status(*answer, 200));
        EXPECT_EQ(text_of(server(), "state"), "drained");
        it.nginx().expect_clean_log();
    }

    DrainNginx it{setup()};
};

TEST_F(SideRequestTest, AnAuthRequest) {
    start();
    it.replica(0).hold();
    auto call = it.client().start({"GET", "/authed/?unary=1", {}, {}});
    ASSERT_TRUE(it.replica(0).wait_for_held(1));
    auto drain = drain_that_waits();
    it.replica(0).release();
    EXPECT_TRUE(has_status(call->wait().value(), 200));
    expect_drained(*drain);
}

TEST_F(SideRequestTest, AMirrorThatOutlivesItsRequest) {
    start();
    it.replica(0).hold();
    auto call = it.client().start({"GET", "/mirrored/?unary=1", {}, {}});
    ASSERT_TRUE(it.replica(0).wait_for_held(1));
    const auto answer = call->wait();
    ASSERT_TRUE(answer);
    EXPECT_EQ(answer->status, 200) << "the client has its answer already";
    auto drain = drain_that_waits();
    it.replica(0).release();
    expect_drained(*drain);
}

TEST_F(SideRequestTest, APartOfAPage) {
    start();
    it.replica(2).on("/page", [](const HttpReader&) {
        return ReplicaReply{200, "[<!--# include virtual=\"/part\" -->]", {}};
    });
    it.replica(0).hold();
    auto call = it.client().start({"GET", "/page", {}, {}});
    ASSERT_TRUE(it.replica(0).wait_for_held(1));
    auto drain = drain_that_waits();
    it.replica(0).release();
    const auto page = call->wait().value();
    EXPECT_TRUE(page.body.starts_with("[") && page.body.ends_with("]")) << page.body;
    expect_drained(*drain);
}

TEST_F(SideRequestTest, AnUpdateOfTheCacheInTheBackground) {
    start();
    ASSERT_EQ(it.client().get("/cached?unary=1").header("X-Replica"), "r0");
    ASSERT_EQ(it.client().get("/cached?other&unary=1").header("X-Replica"), "r1");
    it.replica(0).hold();
    // Stale after a second: then the client gets the old copy and the update runs behind it.
    ASSERT_TRUE(eventually(long_enough, [&] {
        return it.client().get("/cached?unary=1").status == 200 && it.replica(0).counts().held == 1;
    }));
    auto drain = drain_that_waits();
    EXPECT_TRUE(has_status(it.client().get("/cached?unary=1"), 200)) << "from the cache";
    it.replica(0).release();
    expect_drained(*drain);
}

TEST_F(SideRequestTest, TheSlicesOfAnAnswerGoToWhoeverIsReady) {
    start();
    const std::string whole(4096, 'x');
    const auto slices = [&](const HttpReader& request) {
        const auto* range = find_header(request.headers(), "range");
        const auto from = range == nullptr ? 0 : std::stoul(range->substr(6));
        return ReplicaReply{206,
                            whole.substr(from, 1024),
                            {{"ETag", "\"1\""},
                             {"Content-Range", "bytes " + std::to_string(from) + "-" +
                                                   std::to_string(from + 1023) + "/4096"}}};
    };
    it.replica(0).on("/sliced", slices);
    it.replica(1).on("/sliced", slices);
    EXPECT_EQ(it.client().get("/sliced").body.size(), whole.size());
    EXPECT_EQ(it.replica(0).counts().probes, 2);
    ASSERT_TRUE(has_status(it.client().post(path("drain")), 200));
    EXPECT_EQ(it.client().get("/sliced").body.size(), whole.size());
    EXPECT_EQ(it.replica(0).counts().probes, 2);
    EXPECT_EQ(it.replica(1).counts().probes, 6);
    EXPECT_EQ(server().at("in_flight").to_number<int>(), 0);
    it.nginx().expect_clean_log();
}

}  // namespace
}  // namespace lbdrain::test
