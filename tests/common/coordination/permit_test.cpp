#include <gmock/gmock.h>

#include <memory>
#include <thread>

#include "child.hpp"
#include "lbdrain/coordination/local_coordinator.hpp"
#include "temp_dir.hpp"

namespace lbdrain::test {
namespace {

using testing::ElementsAre;
using testing::Field;
using testing::IsEmpty;
using testing::SizeIs;

class Permits : public testing::Test {
  protected:
    std::unique_ptr<LocalCoordinator> other() const {
        return std::make_unique<LocalCoordinator>(dir_.path().string());
    }
    static PermitAnswer take(Coordinator& from, const std::string& server, unsigned most = 1,
                             std::span<const Permit> seen_ready = {}) {
        auto answer = from.take_permit({.service = "vllm",
                                        .server = server,
                                        .holder = holder("new model"),
                                        .max_unavailable = most,
                                        .seen_ready = seen_ready});
        EXPECT_TRUE(answer) << answer.error().text;
        return answer ? *answer : PermitAnswer{};
    }

    TempDir dir_;
    LocalCoordinator coordinator_{dir_.path().string()};
};

TEST_F(Permits, GivesNoMoreThanMayBeOut) {
    EXPECT_TRUE(take(coordinator_, "a", 2).granted);
    EXPECT_TRUE(take(coordinator_, "b", 2).granted);
    const auto denied = take(coordinator_, "c", 2);
    EXPECT_FALSE(denied.granted);
    EXPECT_THAT(denied.held, ElementsAre(Field(&Permit::server, "a"), Field(&Permit::server, "b")));
    EXPECT_EQ(denied.held[0].holder, holder("new model"));

    ASSERT_TRUE(coordinator_.release_permit("vllm", "a"));
    EXPECT_TRUE(take(coordinator_, "c", 2).granted);
}

TEST_F(Permits, AreGivenAgainToTheSameServerAndKeepSince) {
    const auto first = take(coordinator_, "a");
    auto again = coordinator_.take_permit(
        {.service = "vllm", .server = "a", .holder = {.user = "eve", .since_unix_ms = 9'000}});
    ASSERT_TRUE(again);
    EXPECT_TRUE(again->granted);
    ASSERT_THAT(again->held, SizeIs(1));
    EXPECT_EQ(again->held[0].holder.user, "eve");
    EXPECT_EQ(again->held[0].holder.since_unix_ms, 1'000);
    EXPECT_NE(again->held[0].id, first.held[0].id);
    // Fewer may be out than are: what has a permit keeps it.
    EXPECT_TRUE(take(coordinator_, "a", 0).granted);
}

TEST_F(Permits, OfServicesAreApart) {
    EXPECT_TRUE(take(coordinator_, "a").granted);
    const auto answer = coordinator_.take_permit(
        {.service = "vllm/../other", .server = "b", .holder = holder("x")});
    ASSERT_TRUE(answer);
    EXPECT_TRUE(answer->granted);
}

TEST_F(Permits, AreReleasedAsOftenAsOneLikes) {
    EXPECT_TRUE(coordinator_.release_permit("vllm", "a"));
    take(coordinator_, "a");
    EXPECT_TRUE(coordinator_.release_permit("vllm", "a"));
    EXPECT_TRUE(coordinator_.release_permit("vllm", "a"));
    EXPECT_THAT(*coordinator_.permits("vllm"), IsEmpty());
}

TEST_F(Permits, OutliveTheirHolder) {
    take(*other(), "a");
    const auto held = coordinator_.permits("vllm");
    ASSERT_TRUE(held);
    ASSERT_THAT(*held, SizeIs(1));
    EXPECT_FALSE((*held)[0].working);
    EXPECT_FALSE(take(coordinator_, "b").granted);
}

TEST_F(Permits, OfServersSeenBackAreGivenUp) {
    take(*other(), "a");
    const auto held = coordinator_.permits("vllm");
    const auto answer = take(coordinator_, "b", 1, *held);
    EXPECT_TRUE(answer.granted);
    EXPECT_THAT(answer.dropped, ElementsAre(Field(&Permit::server, "a")));
    EXPECT_THAT(answer.held, ElementsAre(Field(&Permit::server, "b")));
}

TEST_F(Permits, AreNotGivenUpForWhatWasSeenBeforeTheyWereTaken) {
    take(*other(), "a");
    const auto held = coordinator_.permits("vllm");
    take(*other(), "a");  // meanwhile somebody else begins with it, and goes
    EXPECT_FALSE(take(coordinator_, "b", 1, *held).granted);
}

TEST_F(Permits, AreNotGivenUpWhileTheirHolderWorks) {
    const auto at_work = other();
    take(*at_work, "a");
    const auto held = coordinator_.permits("vllm");
    ASSERT_TRUE(held->at(0).working);
    EXPECT_FALSE(take(coordinator_, "b", 1, *held).granted);
    // Nor its own: it could have taken it for a server that it has not begun with yet.
    take(*at_work, "c", 2);
    EXPECT_FALSE(take(*at_work, "d", 2, *at_work->permits("vllm")).granted);
}

TEST_F(Permits, AreNeverTooManyAmongThreads) {
    std::atomic<unsigned> granted = 0;
    std::vector<std::jthread> threads;
    threads.reserve(8);
    for (unsigned i = 0; i < 8; ++i) {
        threads.emplace_back([&, i] {
            granted += take(coordinator_, "server-" + std::to_string(i), 3).granted ? 1U : 0U;
        });
    }
    threads.clear();
    EXPECT_EQ(granted, 3U);
    EXPECT_THAT(*coordinator_.permits("vllm"), SizeIs(3));
}

TEST_F(Permits, TakeAnyBytesForNames) {
    EXPECT_TRUE(take(coordinator_, "a\xFF\n\"").granted);
    EXPECT_TRUE(take(coordinator_, "a\xFF\n\"").granted);
    EXPECT_TRUE(coordinator_.release_permit("vllm", "a\xFF\n\""));
    EXPECT_THAT(*coordinator_.permits("vllm"), IsEmpty());
}

TEST_F(Permits, RefuseAServiceWithoutAName) {
    const auto answer = coordinator_.take_permit({.service = "", .server = "a", .holder = {}});
    ASSERT_FALSE(answer);
    EXPECT_EQ(answer.error().kind, CoordinationError::Kind::bad_argument);
}

}  // namespace
}  // namespace lbdrain::test
