// Without a master socket: HAProxy as one process, reloaded by a new one with -sf.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "haproxy_fixture.hpp"

namespace lbdrain::agent {
namespace {

using testing::HasSubstr;

FixtureOptions single(bool lua = true) {
    FixtureOptions options;
    options.mode = test::HaproxyMode::single;
    options.use_master = false;
    options.lua = lua;
    return options;
}

TEST(HaproxyHeld, DrainsUnderLoad) {
    HaproxyFixture fixture(single());
    ASSERT_TRUE(fixture.start());
    test::Load load(fixture.load());
    ASSERT_TRUE(load.wait_for_ok(50));
    fixture.want(0, Rotation::drain);
    ASSERT_TRUE(
        fixture.poll_until([&] { return fixture.seen().out && fixture.seen().in_flight == 0; }));
    const auto started = fixture.a.counts().started;
    ASSERT_TRUE(load.wait_for_ok(50));
    EXPECT_EQ(fixture.a.counts().started, started);
    fixture.want(0, Rotation::readmit);
    EXPECT_TRUE(fixture.poll_until_in());
    EXPECT_EQ(load.stop().failed(), 0);
    EXPECT_TRUE(fixture.warned("no master_socket"));
    EXPECT_THAT(fixture.last.counting, HasSubstr("held"));
}

TEST(HaproxyHeld, CountsAndTellsTheOldProcessThatItHoldsAndLetsItGo) {
    HaproxyFixture fixture(single());
    ASSERT_TRUE(fixture.start());
    ASSERT_TRUE(fixture.poll_until([&] { return fixture.seen().complete; }));
    const auto streams = fixture.hold_streams(4);
    test::LoadOptions never_held = fixture.load();
    never_held.paths = {"/?chunks=4&gap_ms=10&gap_max_ms=60&hold_at=9"};
    test::Load load(never_held);
    ASSERT_TRUE(load.wait_for_ok(50));
    ASSERT_TRUE(fixture.haproxy.reload());
    fixture.want(0, Rotation::drain);
    ASSERT_TRUE(fixture.poll_until_out());
    EXPECT_EQ(fixture.last.stopping, 1U);
    EXPECT_GE(fixture.seen().in_flight, 2U);
    ASSERT_TRUE(fixture.poll_until([&] { return fixture.seen().in_flight == 2; }));
    const auto started = fixture.a.counts().started;
    ASSERT_TRUE(load.wait_for_ok(100));
    EXPECT_EQ(fixture.a.counts().started, started);
    fixture.a.release();
    ASSERT_TRUE(fixture.poll_until([&] { return fixture.seen().in_flight == 0; }));
    EXPECT_EQ(fixture.last.stopping, 1U);  // it still has b's
    EXPECT_EQ(load.stop().failed(), 0);
    fixture.b.release();
    // Our own connection must not keep it alive.
    EXPECT_TRUE(fixture.poll_until([&] { return fixture.haproxy.pids().size() == 1; }));
    EXPECT_TRUE(fixture.poll_until_out());
    EXPECT_EQ(fixture.last.stopping, 0U);
}

TEST(HaproxyHeld, WithoutTheCommandItWaitsUntilTheOldProcessHasExited) {
    HaproxyFixture fixture(single(false));
    ASSERT_TRUE(fixture.start());
    ASSERT_TRUE(fixture.poll_until([&] { return fixture.seen().complete; }));
    const auto streams = fixture.hold_streams(2);
    ASSERT_TRUE(fixture.haproxy.reload());
    fixture.want(0, Rotation::drain);
    fixture.a.release();
    ASSERT_TRUE(fixture.poll_until([&] { return fixture.seen().in_flight == 0; }));
    for (int i = 0; i < 10; ++i) {
        fixture.poll();
        EXPECT_FALSE(fixture.seen().out);
    }
    fixture.b.release();
    EXPECT_TRUE(fixture.poll_until_out());
}

TEST(HaproxyHeld, AProcessFromBeforeTheFirstContactKeepsEverythingIncomplete) {
    HaproxyFixture fixture(single());
    ASSERT_TRUE(fixture.start());
    const auto streams = fixture.hold_streams(2);
    ASSERT_TRUE(fixture.haproxy.reload());
    ASSERT_EQ(fixture.haproxy.pids().size(), 2U);
    fixture.want(0, Rotation::drain);
    for (int i = 0; i < 10; ++i) {
        fixture.poll();
        EXPECT_TRUE(fixture.last.reachable);
        EXPECT_FALSE(fixture.seen().complete);
        EXPECT_FALSE(fixture.seen().out);
    }
    EXPECT_THAT(fixture.seen().obstacle, HasSubstr("waiting until it has exited"));
    EXPECT_EQ(fixture.admin_state(), 8U);  // the process that can be told has been
    fixture.a.release();
    fixture.b.release();
    EXPECT_TRUE(fixture.poll_until_out());
    EXPECT_TRUE(fixture.seen().complete);
}

TEST(HaproxyHeld, MastersAreNoProcessesThatRoute) {
    FixtureOptions options;
    options.use_master = false;  // there is one, but nobody told us its socket
    HaproxyFixture fixture(options);
    ASSERT_TRUE(fixture.start());
    fixture.want(0, Rotation::drain);
    ASSERT_TRUE(fixture.poll_until_out());
    for (int i = 0; i < 3; ++i) {
        ASSERT_TRUE(fixture.haproxy.reload());
        ASSERT_TRUE(fixture.poll_until_out());
    }
}

TEST(HaproxyHeld, AnotherHaproxyOfTheSameMachineIsNotCounted) {
    HaproxyFixture other(single());
    ASSERT_TRUE(other.start());
    HaproxyFixture fixture(single());
    ASSERT_TRUE(fixture.start());
    fixture.want(0, Rotation::drain);
    EXPECT_TRUE(fixture.poll_until_out());
}

}  // namespace
}  // namespace lbdrain::agent
