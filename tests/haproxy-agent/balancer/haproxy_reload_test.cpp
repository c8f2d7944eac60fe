// The risk: reloads just before, during and after a drain, with requests in flight, kept-alive
// clients and streams that outlive the worker. Not one request may start at a server once it was
// said to be out with nothing in flight.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <chrono>
#include <filesystem>
#include <thread>

#include "haproxy_fixture.hpp"

namespace lbdrain::agent {
namespace {

using testing::HasSubstr;

class HaproxyReload : public testing::Test {
  protected:
    // Out, and nothing in flight: from here on the replica could be stopped.
    static testing::AssertionResult drain(HaproxyFixture& fixture,
                                          Rotation rotation = Rotation::drain) {
        fixture.want(0, rotation);
        return fixture.poll_until([&] {
            const Seen& seen = fixture.seen();
            return seen.complete && seen.out && seen.in_flight + seen.queued == 0;
        });
    }
};

TEST_F(HaproxyReload, JustBeforeADrainNothingLeaksThroughTheOldWorkerThatKnowsTheCommand) {
    HaproxyFixture fixture;
    ASSERT_TRUE(fixture.start());
    // The one at b keeps the old worker for as long as the test wants.
    const auto streams = fixture.hold_streams(2);
    fixture.a.release();

    // Responses that outlast the reload: then each client sends one more through the old worker.
    test::LoadOptions options = fixture.load();
    options.paths = {"/?chunks=4&gap_ms=100&gap_max_ms=250&hold_at=9"};
    test::Load load(options);
    ASSERT_TRUE(load.wait_for_ok(40));
    ASSERT_TRUE(fixture.haproxy.reload_without_waiting());
    ASSERT_TRUE(fixture.poll_until([&] { return fixture.last.stopping == 1; }));
    const auto reloaded = fixture.a.counts().started;

    fixture.want(0, Rotation::drain);
    // What was routed before has reached the replica as well.
    ASSERT_TRUE(fixture.poll_until([&] {
        return fixture.seen().out &&
               fixture.seen().in_flight == static_cast<std::uint64_t>(fixture.a.in_flight());
    }));
    EXPECT_EQ(fixture.last.stopping, 1U);  // out although it still runs
    EXPECT_EQ(fixture.last.workers, 1U);
    const auto started = fixture.a.counts().started;
    ASSERT_TRUE(fixture.poll_until([&] { return fixture.seen().in_flight == 0; }));
    ASSERT_TRUE(load.wait_for_ok(60));
    EXPECT_EQ(fixture.a.counts().started, started);
    RecordProperty("started_while_draining", static_cast<int>(started - reloaded));
    const auto report = load.stop();
    EXPECT_EQ(report.failed(), 0) << report;
    fixture.b.release();
}

TEST_F(HaproxyReload, WithoutTheCommandADrainWaitsUntilTheOldWorkerHasExited) {
    FixtureOptions options;
    options.lua = false;
    HaproxyFixture fixture(options);
    ASSERT_TRUE(fixture.start());
    const auto streams = fixture.hold_streams(2);  // one at each
    test::LoadOptions never_held = fixture.load();
    never_held.paths = {"/?chunks=4&gap_ms=10&gap_max_ms=60&hold_at=9"};
    test::Load load(never_held);
    ASSERT_TRUE(load.wait_for_ok(50));
    ASSERT_TRUE(fixture.haproxy.reload());
    const auto old = fixture.haproxy.stopping();
    ASSERT_EQ(old.size(), 1U);

    fixture.want(0, Rotation::drain);
    ASSERT_TRUE(fixture.poll_until(
        [&] { return fixture.seen().obstacle.find("lua-load") != std::string::npos; }));
    fixture.a.release();  // nothing is in flight at a any more
    ASSERT_TRUE(fixture.poll_until([&] { return fixture.seen().in_flight == 0; }));
    for (int i = 0; i < 20; ++i) {
        fixture.poll();
        EXPECT_FALSE(fixture.seen().out);
        EXPECT_THAT(fixture.seen().obstacle, HasSubstr(std::to_string(old[0])));
    }
    EXPECT_TRUE(fixture.warned("Lua command"));
    EXPECT_EQ(fixture.haproxy.stopping(), old);

    fixture.b.release();
    ASSERT_TRUE(fixture.poll_until_out());
    EXPECT_EQ(fixture.last.stopping, 0U);
    const auto started = fixture.a.counts().started;
    ASSERT_TRUE(load.wait_for_ok(100));
    EXPECT_EQ(fixture.a.counts().started, started);
    EXPECT_EQ(load.stop().failed(), 0);
}

TEST_F(HaproxyReload, OldWorkersAreOnlyWaitedForWhereTheConfigurationSaysSo) {
    FixtureOptions options;
    options.old_workers = OldWorkers::exit;
    HaproxyFixture fixture(options);
    ASSERT_TRUE(fixture.start());
    const auto streams = fixture.hold_streams(2);
    ASSERT_TRUE(fixture.haproxy.reload());
    fixture.want(0, Rotation::drain);
    fixture.a.release();
    for (int i = 0; i < 10; ++i) {
        fixture.poll();
        EXPECT_FALSE(fixture.seen().out);
    }
    EXPECT_THAT(fixture.seen().obstacle, HasSubstr("waiting until it has exited"));
    fixture.b.release();
    EXPECT_TRUE(fixture.poll_until_out());
}

TEST_F(HaproxyReload, WhatAnOldWorkerCarriesIsAlwaysInTheSum) {
    HaproxyFixture fixture;
    ASSERT_TRUE(fixture.start());
    const auto streams = fixture.hold_streams(8);
    fixture.want(0, Rotation::drain);
    for (int reload = 0; reload < 3; ++reload) {
        ASSERT_TRUE(fixture.haproxy.reload_without_waiting());
        for (int i = 0; i < 40; ++i) {
            fixture.poll();
            if (fixture.last.reachable && fixture.seen().complete) {
                ASSERT_EQ(fixture.seen().in_flight, 4U);
            }
        }
        ASSERT_TRUE(test::eventually(test::long_enough,
                                     [&] { return fixture.haproxy.stopping().size() == 1; }));
    }
    ASSERT_TRUE(fixture.poll_until_out());
    EXPECT_EQ(fixture.seen().in_flight, 4U);
    EXPECT_EQ(fixture.seen(1).in_flight, 4U);
    fixture.a.release(1);
    EXPECT_TRUE(fixture.poll_until([&] { return fixture.seen().in_flight == 3; }));
    fixture.a.release();
    EXPECT_TRUE(fixture.poll_until([&] { return fixture.seen().in_flight == 0; }));
    fixture.b.release();
}

TEST_F(HaproxyReload, ADrainedServerStaysOutFromTheFirstMomentOfAReload) {
    HaproxyFixture fixture;
    ASSERT_TRUE(fixture.start());
    test::Load load(fixture.load());
    ASSERT_TRUE(load.wait_for_ok(50));
    ASSERT_TRUE(drain(fixture));
    const auto started = fixture.a.counts().started;
    for (int i = 0; i < 5; ++i) {
        ASSERT_TRUE(fixture.haproxy.reload());  // nobody polls meanwhile
        ASSERT_TRUE(load.wait_for_ok(40));
        EXPECT_EQ(fixture.admin_state(), 8U);
        EXPECT_EQ(fixture.a.counts().started, started) << "reload " << i;
    }
    EXPECT_TRUE(fixture.poll_until_out());
    EXPECT_THAT(fixture.last.counting, HasSubstr("drains outlive reloads (seen)"));
    EXPECT_FALSE(fixture.warned("load-server-state-from-file"));
    EXPECT_EQ(load.stop().failed(), 0);
}

TEST_F(HaproxyReload, WithoutTheFileTheDrainIsSetAgainAndSaid) {
    FixtureOptions options;
    options.server_state = false;  // HAProxy does not load what we write
    HaproxyFixture fixture(options);
    ASSERT_TRUE(fixture.start());
    ASSERT_TRUE(drain(fixture));
    EXPECT_THAT(fixture.last.counting, HasSubstr("not known"));
    // The age of a worker is told in whole seconds: one that began in the second after the row was
    // written proves nothing.
    const auto written = test::steady_ms();
    ASSERT_TRUE(
        test::eventually(test::long_enough, [&] { return test::steady_ms() - written > 2100; }));
    ASSERT_TRUE(fixture.haproxy.reload());
    EXPECT_EQ(fixture.admin_state(), 0U);
    fixture.poll();
    EXPECT_EQ(fixture.admin_state(), 8U);
    EXPECT_FALSE(fixture.seen().out);  // once is not twice
    fixture.poll();
    EXPECT_TRUE(fixture.seen().out);
    EXPECT_TRUE(fixture.warned("load-server-state-from-file"));
}

TEST_F(HaproxyReload, AReloadThatFailsChangesNothing) {
    HaproxyFixture fixture;
    ASSERT_TRUE(fixture.start());
    ASSERT_TRUE(drain(fixture));
    const std::string good = fixture.haproxy.options().proxies;
    fixture.haproxy.set_proxies(good + "\nbackend broken\n    no such line\n");
    EXPECT_FALSE(fixture.haproxy.reload());
    ASSERT_TRUE(fixture.poll_until_out());
    EXPECT_EQ(fixture.last.workers, 1U);
    fixture.want(0, Rotation::readmit);
    ASSERT_TRUE(fixture.poll_until_in());
    fixture.haproxy.set_proxies(good);
    ASSERT_TRUE(fixture.haproxy.reload());
    EXPECT_TRUE(fixture.poll_until_in());
}

TEST_F(HaproxyReload, ADrainAtTheVeryMomentOfAReloadHolds) {
    HaproxyFixture fixture;
    ASSERT_TRUE(fixture.start());
    test::Load load(fixture.load());
    ASSERT_TRUE(load.wait_for_ok(50));
    for (int i = 0; i < 12; ++i) {
        SCOPED_TRACE(i);
        ASSERT_TRUE(fixture.haproxy.reload_without_waiting());
        std::this_thread::sleep_for(std::chrono::milliseconds(i * 5));  // another moment each time
        ASSERT_TRUE(drain(fixture, i % 2 == 0 ? Rotation::drain : Rotation::maint));
        const auto started = fixture.a.counts().started;
        const auto begin = test::steady_ms();
        // Past the end of the reload, whenever that is.
        ASSERT_TRUE(load.wait_for_ok(30));
        while (test::steady_ms() - begin < 150) {
            fixture.poll();
        }
        ASSERT_EQ(fixture.a.counts().started, started);
        fixture.want(0, Rotation::readmit);
        ASSERT_TRUE(fixture.poll_until_in());
        ASSERT_TRUE(fixture.a.wait_for_started(started + 1));
        fixture.want(0, Rotation::keep);
    }
    const auto report = load.stop();
    EXPECT_EQ(report.failed(), 0) << report;
}

// The new worker may have read the row before it was deleted, and serve after all others were seen
// with the server in rotation.
TEST_F(HaproxyReload, AServerThatWentBackDuringAReloadStaysIn) {
    HaproxyFixture fixture;
    ASSERT_TRUE(fixture.start());
    for (int i = 0; i < 10; ++i) {
        SCOPED_TRACE(i);
        fixture.want(0, Rotation::drain);
        ASSERT_TRUE(fixture.poll_until_out());
        ASSERT_TRUE(fixture.haproxy.reload_without_waiting());
        std::this_thread::sleep_for(std::chrono::milliseconds(i * 8));  // another moment each time
        fixture.want(0, Rotation::readmit);
        ASSERT_TRUE(fixture.poll_until_in());
        fixture.want(0, Rotation::keep);
        const auto begin = test::steady_ms();
        while (test::steady_ms() - begin < 300) {
            fixture.poll();
        }
        ASSERT_TRUE(
            fixture.poll_until([&] { return fixture.seen().in && fixture.last.workers == 1; }));
        EXPECT_FALSE(fixture.seen().by_hand);
        EXPECT_EQ(fixture.admin_state(), 0U);
    }
}

// The same where the moment is sure: the new process has read the row and takes its time, while the
// old one, which nobody has to ask a master for, is seen with the server back.
TEST_F(HaproxyReload, AProcessThatReadTheRowJustBeforeItWentIsToldAgain) {
    FixtureOptions options;
    options.mode = test::HaproxyMode::single;
    options.use_master = false;
    HaproxyFixture fixture(options);
    auto haproxy = fixture.haproxy.options();
    haproxy.global += "    lua-load @DIR@/slow.lua\n";
    fixture.haproxy.set_options(haproxy);
    fixture.haproxy.directory().write("slow.lua", "");
    ASSERT_TRUE(fixture.start());
    const auto old = fixture.haproxy.serving();
    fixture.want(0, Rotation::drain);
    ASSERT_TRUE(fixture.poll_until_out());
    const std::string path = fixture.haproxy.directory().path().string();
    // HAProxy runs this after it has read the file.
    fixture.haproxy.directory().write(
        "slow.lua",
        "core.register_init(function() os.execute('touch " + path + "/read; sleep 1') end)");
    ASSERT_TRUE(fixture.haproxy.reload_without_waiting());
    ASSERT_TRUE(test::eventually(test::long_enough,
                                 [&] { return std::filesystem::exists(path + "/read"); }));
    fixture.want(0, Rotation::readmit);
    ASSERT_TRUE(fixture.poll_until_in());
    fixture.want(0, Rotation::keep);
    ASSERT_TRUE(test::eventually(test::long_enough, [&] {
        const pid_t serving = fixture.haproxy.serving();
        return serving != 0 && serving != old;
    }));
    EXPECT_EQ(fixture.admin_state(), 8U);
    ASSERT_TRUE(fixture.poll_until([&] { return fixture.last.workers == 1 && fixture.seen().in; }));
    EXPECT_FALSE(fixture.seen().by_hand);
    EXPECT_EQ(fixture.admin_state(), 0U);
    // From now on a drain is somebody's own.
    fixture.haproxy.cli("set server be/a state drain");
    fixture.poll();
    fixture.poll();
    EXPECT_TRUE(fixture.seen().by_hand);
    EXPECT_EQ(fixture.admin_state(), 8U);
}

}  // namespace
}  // namespace lbdrain::agent
