// More workers than slots: they serve, and nothing is called drained that nobody can count.
#include <gtest/gtest.h>

#include "drain_fixture.hpp"

namespace lbdrain::test {
namespace {

DrainSetup with_slots(int slots) {
    DrainSetup setup;
    setup.workers = 3;
    setup.state = "drain_state state/state slots=" + std::to_string(slots) + ";";
    return setup;
}

TEST(UncountedWorker, NothingIsCalledDrainedWhileItRuns) {
    DrainNginx it(with_slots(2));
    ASSERT_TRUE(it.start());
    ASSERT_TRUE(it.nginx().wait_for_log("no free slot for this worker"));
    EXPECT_EQ(it.status().at("workers").to_number<int>(), 2);
    for (int i = 0; i < 30; ++i) {
        EXPECT_TRUE(has_status(it.client().get("/?unary=1"), 200));
    }
    auto drain = it.begin(0, "drain", R"({"timeout_s":0.3})");
    ASSERT_TRUE(it.wait_for_state(0, "draining"));
    const auto server = it.server(0);
    EXPECT_NE(text_of(server.at("sequence").as_object(), "waiting_for").find("cannot be read"),
              std::string::npos);
    EXPECT_EQ(code_of(drain->wait().value()), "drain_timeout");
    EXPECT_EQ(it.state(0), "ready");
    it.nginx().expect_clean_log({"no free slot for this worker"});
}

TEST(UncountedWorker, ItObeysAllTheSame) {
    DrainNginx it(with_slots(2));
    ASSERT_TRUE(it.start());
    ASSERT_TRUE(has_status(it.command(0, "down"), 200));
    for (int i = 0; i < 60; ++i) {
        EXPECT_EQ(it.client().get("/?unary=1").header("X-Replica"), "r1");
    }
    it.nginx().expect_clean_log({"no free slot for this worker"});
}

TEST(UncountedWorker, ItsEndPutsThingsRight) {
    DrainNginx it(with_slots(2));
    ASSERT_TRUE(it.start());
    ASSERT_TRUE(it.nginx().wait_for_log("no free slot for this worker"));
    ASSERT_TRUE(has_status(it.drain(0, R"({"wait":false})"), 202));
    ASSERT_TRUE(it.wait_for_state(0, "draining"));
    DrainSetup fewer = with_slots(2);
    fewer.workers = 1;
    it.configure(fewer);
    // The one new worker may come before the old ones have let go of their slots.
    ASSERT_TRUE(it.nginx().reload());
    ASSERT_TRUE(eventually(long_enough, [&] { return it.nginx().workers().size() == 1; }));
    ASSERT_TRUE(it.nginx().reload());
    EXPECT_TRUE(it.wait_for_state(0, "drained"));
    it.nginx().expect_clean_log({"no free slot for this worker"});
}

}  // namespace
}  // namespace lbdrain::test
