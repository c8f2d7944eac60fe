// How a wait ended, and how that is told.
#include "lbdrain/api/ending.hpp"

#include <gtest/gtest.h>

#include <boost/json.hpp>

namespace lbdrain::api {
namespace {

namespace json = boost::json;

Sequence running(std::uint64_t id) {
    Sequence sequence;
    sequence.id = id;
    sequence.goal = Goal::drained;
    return sequence;
}

Sequence ended(std::uint64_t id, Outcome outcome) {
    Sequence sequence;
    sequence.last = Ending{id, Goal::drained, outcome, 1, 0, "why"};
    return sequence;
}

TEST(EndingOf, NothingWhileItRuns) {
    EXPECT_FALSE(ending_of(running(7), 7));
}

TEST(EndingOf, TheLastOneIfItIsThat) {
    EXPECT_EQ(ending_of(ended(7, Outcome::stop_failed), 7)->outcome, Outcome::stop_failed);
    Sequence next = ended(7, Outcome::cancelled);
    next.id = 8;
    EXPECT_EQ(ending_of(next, 7)->outcome, Outcome::cancelled);
}

TEST(EndingOf, CancelledIfAnotherHasComeAndGone) {
    Sequence sequence = ended(9, Outcome::reached);
    sequence.last.goal = Goal::ready;
    sequence.by = "bob";
    const auto ending = ending_of(sequence, 7);
    ASSERT_TRUE(ending);
    EXPECT_EQ(ending->outcome, Outcome::cancelled);
    EXPECT_EQ(ending->text.view(), "goal ready (bob)");
}

TEST(ProblemOf, EveryMissedGoal) {
    ServerView view;
    Ending ending{7, Goal::drained, Outcome::drain_timeout, 1, 3, "a worker is stuck"};
    Problem problem = problem_of(ending, view);
    EXPECT_EQ(problem.code, ProblemCode::drain_timeout);
    EXPECT_EQ(problem.detail,
              "3 request(s) were still in flight, a worker is stuck at the deadline; nothing was "
              "cut, the server is ready now");
    const std::pair<Outcome, ProblemCode> others[] = {
        {Outcome::stop_failed, ProblemCode::stop_failed},
        {Outcome::not_ready, ProblemCode::not_ready},
        {Outcome::cancelled, ProblemCode::cancelled},
        {Outcome::none, ProblemCode::internal},
    };
    for (const auto& [outcome, code] : others) {
        ending.outcome = outcome;
        EXPECT_EQ(problem_of(ending, view).code, code);
    }
    ending.outcome = Outcome::cancelled;
    EXPECT_EQ(problem_of(ending, view).detail,
              "another command ended this sequence, by a worker is stuck");
    ending.text = "";
    EXPECT_EQ(problem_of(ending, view).detail, "another command ended this sequence");
}

TEST(Lines, HaveTheProblemAtTheirEnd) {
    ServerView view;
    view.service = "vllm";
    view.name = "gpu-a";
    const Problem problem{ProblemCode::interrupted, "ask again"};
    for (const auto& [line, event] : {std::pair(failed_line(problem, view), "failed"),
                                      std::pair(interrupted_line(problem, view), "interrupted"),
                                      std::pair(interrupted_line(problem), "interrupted")}) {
        ASSERT_EQ(line.find('\n'), line.size() - 1);
        const json::value shown = json::parse(line);
        EXPECT_EQ(shown.at("event").as_string(), event);
        EXPECT_EQ(shown.at("problem"), json::parse(to_json(problem)));
    }
    EXPECT_EQ(json::parse(failed_line(problem, view)).at("server").at("name").as_string(), "gpu-a");
    EXPECT_EQ(json::parse(removed_line("vllm", "\xFF")),
              json::parse(R"({"event":"removed","service":"vllm","server":{"name":"\uFFFD"}})"));
}

}  // namespace
}  // namespace lbdrain::api
