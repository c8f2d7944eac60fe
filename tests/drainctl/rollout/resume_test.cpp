#include "rollout/resume.hpp"

#include <gmock/gmock.h>

namespace lbdrain::ctl {
namespace {

using testing::ElementsAre;
using testing::IsEmpty;

Journal journal() {
    return {.max_unavailable = 1,
            .pause = 100,
            .steps = {{.server = "a", .state = StepState::done, .begun = 10, .ended = 20},
                      {.server = "b", .state = StepState::failed, .begun = 30, .ended = 40},
                      {.server = "c", .state = StepState::running, .begun = 30},
                      {.server = "d"}}};
}

std::vector<std::string> walk(Schedule& schedule, Millis from) {
    std::vector<std::string> order;
    for (Millis now = from; !schedule.finished(); now += 100) {
        for (const std::string& server : schedule.next(now)) {
            order.push_back(server);
            schedule.ended(server, true, "", now);
        }
    }
    return order;
}

TEST(Resume, BeginsWithWhatWasRunningAndSkipsWhatIsDone) {
    Resumed resumed = resume(journal(), {"a", "b", "c", "d"});
    EXPECT_THAT(resumed.again, ElementsAre("c", "b"));
    EXPECT_THAT(resumed.vanished, IsEmpty());
    EXPECT_THAT(resumed.appeared, IsEmpty());
    EXPECT_THAT(walk(resumed.schedule, 1'000), ElementsAre("c", "b", "d"));
    EXPECT_EQ(resumed.schedule.result().done, 4U);
}

TEST(Resume, KeepsThePause) {
    Resumed resumed = resume(journal(), {"a", "b", "c", "d"});
    EXPECT_EQ(resumed.schedule.next_at(), 140);
    EXPECT_THAT(resumed.schedule.next(139), IsEmpty());
    EXPECT_THAT(resumed.schedule.next(140), ElementsAre("c"));
}

TEST(Resume, TellsWhatVanishedAndAppeared) {
    Resumed resumed = resume(journal(), {"x", "b", "d"});
    EXPECT_THAT(resumed.vanished, ElementsAre("c")) << "a is done, it may go";
    EXPECT_THAT(resumed.appeared, ElementsAre("x"));
    EXPECT_THAT(walk(resumed.schedule, 1'000), ElementsAre("b", "d"));
    EXPECT_EQ(resumed.schedule.result().skipped, 1U);
}

TEST(Resume, OfADoneRolloutIsFinished) {
    Journal done = journal();
    for (Step& step : done.steps) {
        step.state = StepState::done;
    }
    EXPECT_TRUE(resume(done, {"a", "b", "c", "d"}).schedule.finished());
}

}  // namespace
}  // namespace lbdrain::ctl
