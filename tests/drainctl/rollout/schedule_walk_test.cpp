// Random walks through schedules, killed and resumed on the way: whatever happens in whatever
// order, the rules hold.
#include <gmock/gmock.h>

#include <random>
#include <set>

#include "rollout/resume.hpp"

namespace lbdrain::ctl {
namespace {

class Walk {
  public:
    explicit Walk(unsigned seed) : random_(seed) {
        journal_.max_unavailable = below(4) + 1;
        journal_.pause = below(3) == 0 ? 0 : below(50);
        const unsigned count = below(8);
        for (unsigned i = 0; i < count; ++i) {
            servers_.push_back("s" + std::to_string(i));
        }
    }

    void run() {
        Schedule schedule(servers_, journal_.max_unavailable, journal_.pause);
        for (unsigned i = 0; i < 2'000 && !schedule.finished(); ++i) {
            step(schedule);
            if (testing::Test::HasFailure()) {
                return;
            }
        }
        ASSERT_TRUE(schedule.finished());
        EXPECT_TRUE(out_.empty());
        const auto result = schedule.result();
        EXPECT_EQ(result.done + result.failed + result.left, servers_.size());
        if (!failed_ && !stopped_) {
            EXPECT_EQ(result.done, servers_.size());
            EXPECT_EQ(result.outcome, Schedule::Result::Outcome::done);
        }
        EXPECT_EQ(result.failed > 0, failed_);
    }

  private:
    unsigned below(unsigned limit) { return static_cast<unsigned>(random_() % limit); }

    void step(Schedule& schedule) {
        switch (below(12)) {
            case 0:
            case 1:
            case 2:
            case 3:
                begin(schedule);
                break;
            case 4:
            case 5:
            case 6:
                now_ += below(20);
                break;
            case 7:
                if (below(40) == 0) {
                    schedule.stop("stopped");
                    stopped_ = true;
                }
                break;
            case 8:
                if (below(6) == 0) {
                    kill_and_resume(schedule);
                }
                break;
            default:
                end_one(schedule);
        }
    }

    void begin(Schedule& schedule) {
        const auto at = schedule.next_at();
        const auto begun = schedule.next(now_);
        EXPECT_EQ(begun.empty(), !at || *at > now_) << "next_at() says when";
        if (!begun.empty()) {
            EXPECT_FALSE(failed_) << "nothing begins after a failure";
            EXPECT_FALSE(stopped_);
            EXPECT_TRUE(!last_end_ || now_ >= *last_end_ + journal_.pause) << "the pause is kept";
        }
        for (const std::string& server : begun) {
            EXPECT_TRUE(out_.insert(server).second);
            EXPECT_FALSE(good_.contains(server)) << "each at most once";
        }
        EXPECT_LE(out_.size(), journal_.max_unavailable);
        EXPECT_THAT(schedule.running(), testing::UnorderedElementsAreArray(out_));
    }

    void end_one(Schedule& schedule) {
        if (out_.empty()) {
            EXPECT_FALSE(schedule.ended("s0", false, "nobody", now_));
            return;
        }
        const std::string server =
            *std::next(out_.begin(), below(static_cast<unsigned>(out_.size())));
        const bool good = below(30) != 0;
        EXPECT_TRUE(schedule.ended(server, good, "text", now_));
        out_.erase(server);
        if (good) {
            good_.insert(server);
        }
        failed_ = failed_ || !good;
        last_end_ = now_;
    }

    // What was running is no longer awaited, and is done again. A failure is given another chance.
    void kill_and_resume(Schedule& schedule) {
        journal_.steps = schedule.steps();
        const auto read = decode_journal(encode(journal_));
        ASSERT_TRUE(read) << read.error();
        ASSERT_EQ(*read, journal_);
        Resumed resumed = resume(*read, servers_);
        for (const std::string& server : out_) {
            EXPECT_THAT(resumed.again, testing::Contains(server));
        }
        schedule = std::move(resumed.schedule);
        out_.clear();
        failed_ = false;
        stopped_ = false;
    }

    std::mt19937 random_;
    std::vector<std::string> servers_;
    Journal journal_{};
    Millis now_ = 1'000'000;
    std::set<std::string> out_{};
    std::set<std::string> good_{};
    std::optional<Millis> last_end_{};
    bool failed_ = false;
    bool stopped_ = false;
};

TEST(ScheduleWalk, KeepsTheRules) {
    for (unsigned seed = 0; seed < 3'000; ++seed) {
        SCOPED_TRACE(seed);
        Walk(seed).run();
        ASSERT_FALSE(testing::Test::HasFailure());
    }
}

}  // namespace
}  // namespace lbdrain::ctl
