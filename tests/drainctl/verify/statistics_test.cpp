// What is counted, by phase and by replica, and what of it passes.
#include <gmock/gmock.h>

#include "verify/report.hpp"

namespace lbdrain::ctl {
namespace {

RequestEnd request(Micros start, Micros end, RequestClass what = RequestClass::ok,
                   unsigned replica = 0) {
    RequestEnd ended;
    ended.judgement = {what, "a detail"};
    ended.start = ended.due = start;
    ended.first_token = start + 10;
    ended.end = end;
    ended.replica = replica;
    return ended;
}

TEST(Statistics, ARequestBelongsToThePhaseThatItWasThrough) {
    Statistics statistics;
    statistics.ended(request(0, 50));
    statistics.action_began(100);
    statistics.ended(request(60, 120));  // into it
    statistics.ended(request(110, 130));
    statistics.action_ended(200);
    statistics.ended(request(90, 250));   // over all of it
    statistics.ended(request(150, 260));  // out of it
    statistics.ended(request(210, 270, RequestClass::gap));
    EXPECT_EQ(statistics.times(Phase::before).ok, 1U);
    EXPECT_EQ(statistics.times(Phase::during).ok, 4U);
    EXPECT_EQ(statistics.times(Phase::after).failed, 1U);
    EXPECT_EQ(statistics.ok_through_action(), 4U);
    EXPECT_EQ(statistics.failed(), 1U);
    EXPECT_EQ(statistics.details().at("gap"), 1U);
    EXPECT_EQ(statistics.entries().size(), 6U);
}

TEST(Statistics, TokensBelongToThePhaseTheyComeIn) {
    Statistics statistics;
    const unsigned one = statistics.replica("one");
    EXPECT_EQ(statistics.replica("one"), one);
    EXPECT_NE(statistics.replica("two"), one);
    statistics.token(one, 10, -1);
    statistics.action_began(100);
    statistics.token(one, 700, 690);
    EXPECT_EQ(statistics.times(one, Phase::before).tokens, 1U);
    EXPECT_EQ(statistics.times(one, Phase::during).gaps.max(), 690);
    EXPECT_EQ(statistics.longest_pause(), 690);
    EXPECT_EQ(statistics.longest_pause_at(), 10);
}

TEST(Statistics, ReplicasWithoutEndAreCountedTogether) {
    Statistics statistics;
    for (int i = 0; i < 1000; ++i) {
        const unsigned replica = statistics.replica(std::to_string(i));
        statistics.ended(request(0, 10, RequestClass::ok, replica));
    }
    EXPECT_EQ(statistics.replicas().size(), Statistics::most_replicas + 1);
    EXPECT_EQ(statistics.ok(), 1000U);
    EXPECT_EQ(statistics.times(Phase::before).ok, 1000U);
}

struct Judged {
    SessionOptions options;
    SessionEnd end;
    Statistics statistics;

    Judged() {
        options.action = {"true"};
        end.acted = true;
        end.wall = per_second;
        statistics.action_began(100);
        statistics.action_ended(200);
    }
    bool passes() const { return passed({options, end, statistics, 0}); }
};

TEST(Report, PassesOnlyWhatIsProven) {
    Judged judged;
    EXPECT_FALSE(judged.passes());  // no request
    judged.statistics.ended(request(0, 50));
    EXPECT_FALSE(judged.passes());  // none through the action
    judged.statistics.ended(request(90, 150));
    EXPECT_TRUE(judged.passes());
    judged.end.action_exit = 1;
    EXPECT_FALSE(judged.passes());
    judged.end.action_exit.reset();
    EXPECT_FALSE(judged.passes());
    judged.end.action_exit = 0;
    judged.end.not_sent = 1;
    EXPECT_FALSE(judged.passes());
    judged.end.not_sent = 0;
    judged.end.interrupted = true;
    EXPECT_FALSE(judged.passes());
    judged.end.interrupted = false;
    EXPECT_TRUE(judged.passes());
    judged.statistics.ended(request(300, 400, RequestClass::other));
    EXPECT_FALSE(judged.passes());
}

TEST(Report, SaysWhenTheGeneratorWasTheBottleneck) {
    Judged judged;
    const Report report{judged.options, judged.end, judged.statistics, 0};
    EXPECT_TRUE(own_limits(report).empty());
    judged.end.cpu_share = 0.97;
    judged.end.longest_turn = per_second;
    EXPECT_EQ(own_limits(report).size(), 2U);
    judged.options.traffic.rate = 10;
    RequestEnd late = request(300'000, 400'000);
    late.due = 0;
    judged.statistics.ended(late);
    EXPECT_EQ(own_limits(report).size(), 3U);
}

TEST(Report, APageCannotBeBrokenByWhatServersSay) {
    Judged judged;
    judged.options.action_text = "</script><script>alert(1)</script>";
    const std::string page = report_html({judged.options, judged.end, judged.statistics, 0});
    EXPECT_EQ(page.find("alert(1)</script>"), std::string::npos);
    // It loads nothing.
    EXPECT_EQ(page.find("src="), std::string::npos);
    EXPECT_EQ(page.find("href="), std::string::npos);
}

}  // namespace
}  // namespace lbdrain::ctl
