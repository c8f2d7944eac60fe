#include "rollout/schedule.hpp"

#include <gmock/gmock.h>

namespace lbdrain::ctl {
namespace {

using testing::ElementsAre;
using testing::IsEmpty;
using Outcome = Schedule::Result::Outcome;

TEST(Schedule, DoesOneAfterTheOtherWithAPause) {
    Schedule schedule({"a", "b"}, 1, 10);
    EXPECT_FALSE(schedule.finished());
    EXPECT_THAT(schedule.next(1'000), ElementsAre("a"));
    EXPECT_THAT(schedule.next(1'001), IsEmpty());
    EXPECT_EQ(schedule.next_at(), std::nullopt) << "only an end brings the next";
    EXPECT_TRUE(schedule.ended("a", true, "restarted", 2'000));
    EXPECT_EQ(schedule.next_at(), 2'010);
    EXPECT_THAT(schedule.next(2'009), IsEmpty());
    EXPECT_THAT(schedule.next(2'010), ElementsAre("b"));
    EXPECT_TRUE(schedule.ended("b", true, "", 3'000));
    EXPECT_TRUE(schedule.finished());
    EXPECT_EQ(schedule.result().outcome, Outcome::done);
    EXPECT_EQ(schedule.result().done, 2U);
    EXPECT_EQ(schedule.steps()[0], (Step{.server = "a",
                                         .state = StepState::done,
                                         .begun = 1'000,
                                         .ended = 2'000,
                                         .text = "restarted"}));
}

TEST(Schedule, DoesSeveralAtOnce) {
    Schedule schedule({"a", "b", "c"}, 2, 0);
    EXPECT_EQ(schedule.next_at(), 0);
    EXPECT_THAT(schedule.next(5), ElementsAre("a", "b"));
    EXPECT_THAT(schedule.running(), ElementsAre("a", "b"));
    schedule.ended("b", true, "", 6);
    EXPECT_THAT(schedule.next(6), ElementsAre("c"));
    EXPECT_THAT(schedule.running(), ElementsAre("a", "c"));
}

TEST(Schedule, BeginsNothingAfterAFailureAndAwaitsTheRest) {
    Schedule schedule({"a", "b", "c"}, 2, 0);
    schedule.next(5);
    schedule.ended("b", false, "not ready", 6);
    EXPECT_THAT(schedule.next(100), IsEmpty());
    EXPECT_EQ(schedule.next_at(), std::nullopt);
    EXPECT_TRUE(schedule.over());
    EXPECT_FALSE(schedule.finished());
    schedule.ended("a", false, "too", 7);
    EXPECT_TRUE(schedule.finished());
    const auto result = schedule.result();
    EXPECT_EQ(result.outcome, Outcome::failed);
    EXPECT_EQ(result.text, "b: not ready");
    EXPECT_EQ(result.failed, 2U);
    EXPECT_EQ(result.left, 1U);
}

TEST(Schedule, EndsWhatRunsOnly) {
    Schedule schedule({"a", "b"}, 1, 0);
    schedule.next(5);
    EXPECT_FALSE(schedule.ended("b", false, "", 6));
    EXPECT_FALSE(schedule.ended("x", false, "", 6));
    EXPECT_TRUE(schedule.ended("a", true, "", 6));
    EXPECT_FALSE(schedule.ended("a", false, "late", 7));
    EXPECT_THAT(schedule.next(8), ElementsAre("b"));
}

TEST(Schedule, Stops) {
    Schedule schedule({"a", "b"}, 1, 0);
    schedule.next(5);
    schedule.stop("interrupted");
    schedule.stop("again");
    EXPECT_FALSE(schedule.finished());
    schedule.ended("a", true, "", 6);
    EXPECT_THAT(schedule.next(7), IsEmpty());
    EXPECT_TRUE(schedule.finished());
    EXPECT_EQ(schedule.result().outcome, Outcome::stopped);
    EXPECT_EQ(schedule.result().text, "interrupted");
}

TEST(Schedule, ThatIsStoppedAfterItsLastStepIsDone) {
    Schedule schedule({"a"}, 1, 0);
    schedule.next(5);
    schedule.stop("interrupted");
    schedule.ended("a", true, "", 6);
    EXPECT_EQ(schedule.result().outcome, Outcome::done);
}

TEST(Schedule, PausesAnewWhenTheClockIsSetBack) {
    Schedule schedule({"a", "b"}, 1, 10);
    schedule.next(1'000'000);
    schedule.ended("a", true, "", 1'000'000);
    EXPECT_THAT(schedule.next(500), IsEmpty());
    EXPECT_EQ(schedule.next_at(), 510);
    EXPECT_THAT(schedule.next(510), ElementsAre("b"));
}

TEST(Schedule, OfNothingIsFinished) {
    Schedule schedule({}, 0, 0);
    EXPECT_THAT(schedule.next(0), IsEmpty());
    EXPECT_TRUE(schedule.finished());
}

}  // namespace
}  // namespace lbdrain::ctl
