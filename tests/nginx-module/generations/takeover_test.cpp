// A sequence goes on when the worker that drives it dies or exits.
#include <gtest/gtest.h>

#include <atomic>

#include "../drain_fixture.hpp"

namespace lbdrain::test {
namespace {

class Takeover : public testing::Test {
  protected:
    // A request held at replica 0, whatever it takes to get one there.
    static std::unique_ptr<HttpCall> held_at_first(DrainNginx& it) {
        it.replica(0).hold();
        for (;;) {
            auto call = it.client().start({.target = "/?chunks=3&hold_at=1"});
            if (eventually(long_enough,
                           [&] { return it.replica(0).in_flight() == 1 || call->done(); }) &&
                it.replica(0).in_flight() == 1) {
                return call;
            }
        }
    }
};

TEST_F(Takeover, AKilledWorkersRequestsAreNotWaitedFor) {
    DrainNginx it;
    ASSERT_TRUE(it.start());
    it.replica(0).hold();
    it.replica(1).hold();
    std::vector<std::unique_ptr<HttpCall>> calls;
    for (int i = 0; i < 8; ++i) {
        calls.push_back(it.client().start({.target = "/?chunks=3&hold_at=1"}));
    }
    ASSERT_TRUE(it.replica(0).wait(long_enough, [](const auto& c) { return c.in_flight > 0; }));
    ASSERT_TRUE(has_status(it.command(0, "drain", R"({"wait":false})"), 202));
    for (const pid_t worker : it.nginx().serving()) {
        ASSERT_TRUE(it.nginx().kill_worker(worker));
    }
    // Nobody answers the old requests any more, and the sequence ends all the same.
    EXPECT_TRUE(it.wait_for_state(0, "drained"));
    EXPECT_EQ(it.in_flight(0), 0);
    it.nginx().expect_clean_log({"exited on signal 9"});
}

TEST_F(Takeover, EachWorkerInTurnIsKilledWhileADrainRuns) {
    DrainSetup setup;
    setup.workers = 3;
    DrainNginx it(setup);
    ASSERT_TRUE(it.start());
    it.replica(0).hold();
    it.replica(1).hold();
    const auto call = held_at_first(it);
    ASSERT_TRUE(has_status(it.command(0, "drain", R"({"wait":false})"), 202));
    // Killing the driver must not end the drain, and killing the others must not upset it. One of
    // the three has the held request, so kill two at most at a time and look between.
    for (int round = 0; round < 6; ++round) {
        if (it.state(0) != "draining") {
            break;
        }
        const auto workers = it.nginx().serving();
        ASSERT_FALSE(workers.empty());
        ASSERT_TRUE(
            it.nginx().kill_worker(workers[static_cast<std::size_t>(round) % workers.size()]));
        ASSERT_TRUE(eventually(long_enough, [&] { return it.nginx().serving().size() == 3; }));
    }
    it.replica(0).release();
    EXPECT_TRUE(it.wait_for_state(0, "drained"));
    it.nginx().expect_clean_log({"exited on signal 9"});
}

TEST_F(Takeover, ADrainGoesOnInTheNextGenerationAndItsClientIsAnswered) {
    DrainNginx it;
    ASSERT_TRUE(it.start());
    const auto call = held_at_first(it);
    const auto drain = it.begin(0, "drain");
    ASSERT_TRUE(it.wait_for_state(0, "draining"));
    ASSERT_TRUE(it.nginx().reload());
    ASSERT_TRUE(it.nginx().reload());
    EXPECT_EQ(it.state(0), "draining");
    EXPECT_FALSE(drain->done());
    it.replica(0).release();
    // Asked of a worker that is two generations old by now.
    EXPECT_TRUE(has_status(drain->wait().value(), 200));
    EXPECT_TRUE(call->wait().value().whole);
    EXPECT_EQ(it.state(0), "drained");
    it.nginx().expect_clean_log();
}

TEST_F(Takeover, ADeadlineIsKeptAcrossReloadsAndKills) {
    DrainNginx it;
    ASSERT_TRUE(it.start());
    const auto call = held_at_first(it);
    const auto begin = steady_ms();
    ASSERT_TRUE(has_status(it.command(0, "drain", R"({"wait":false,"timeout_s":1.5})"), 202));
    ASSERT_TRUE(it.nginx().reload());
    for (const pid_t worker : it.nginx().serving()) {
        ASSERT_TRUE(it.nginx().kill_worker(worker));
    }
    ASSERT_TRUE(it.wait_for_state(0, "ready"));
    EXPECT_GE(steady_ms() - begin, 1400);
    const auto last = it.server(0).at("last").as_object();
    EXPECT_EQ(text_of(last, "outcome"), "drain_timeout");
    it.replica(0).release();
    EXPECT_TRUE(call->wait().value().whole);  // on the old worker: it was cut by nobody
    it.nginx().expect_clean_log({"exited on signal 9"});
}

// A stop hook that has begun is neither lost nor run twice when its worker goes away.
TEST_F(Takeover, AHookRunsOnceThroughAReload) {
    DrainSetup setup;
    Replica control("control");
    std::atomic<int> stops{0};
    DrainNginx* nginx = nullptr;
    control.on("/stop", [&](const HttpReader&) {
        ++stops;
        nginx->replica(0).kill();
        return ReplicaReply{};
    });
    setup.after = "drain_stop_hook http http://" + control.address() + "/stop timeout=20s;\n";
    DrainNginx it(setup);
    nginx = &it;
    ASSERT_TRUE(it.start());
    const auto stop = it.begin(0, "stop");
    for (int i = 0; i < 3; ++i) {
        ASSERT_TRUE(it.nginx().reload());
    }
    EXPECT_TRUE(has_status(stop->wait().value(), 200));
    EXPECT_EQ(it.state(0), "stopped");
    EXPECT_EQ(stops, 1);
    it.nginx().expect_clean_log();
}

}  // namespace
}  // namespace lbdrain::test
