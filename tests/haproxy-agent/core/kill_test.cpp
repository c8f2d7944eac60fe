// Kill -9 before and after every single effect: what the disk has leads on to the same end.
#include <functional>
#include <set>

#include "agent_world.hpp"

namespace lbdrain::agent::test {
namespace {

using enum ServerState;

struct Story {
    const char* name;
    Action action;
    ServerState ends;
    bool siblings;
};

void PrintTo(const Story& story, std::ostream* out) {
    *out << story.name;
}

class KilledAnywhere : public testing::TestWithParam<Story> {};

// Repeats what may be cut by the kill until it is through, as a deploy script would.
void insist(AgentWorld& w, const std::function<void()>& act) {
    try {
        act();
    } catch (const Killed&) {
        w.restart_agent();
        w.pass(200);
        act();
    }
}

TEST_P(KilledAnywhere, ItCarriesOnAndEndsRight) {
    const Story story = GetParam();
    bool reached_the_end = false;
    for (int live = 0; !reached_the_end; ++live) {
        ASSERT_LT(live, 500);
        SCOPED_TRACE(live);
        AgentWorld w(story.siblings ? two_services({"edge-1", "edge-2"})
                                    : one_service(2, {"edge-1", "edge-2"}));
        w.hooks_work();
        // What a balancer or hook was told is known to the journal already.
        w.outside.on_effect = [&w] {
            for (const Server& server : w.drains->servers()) {
                const auto saved = w.outside.disk.find({server.service->name, server.config->name});
                const bool known = saved != w.outside.disk.end();
                ASSERT_EQ(server.sequence().state, known ? saved->second.sequence.state : ready);
            }
        };
        w.outside.steps_to_live = live;
        insist(w, [&] {
            if (w.sequence().last.outcome != Outcome::reached) {
                ASSERT_TRUE(w.command(story.action));
            }
            w.reach(story.ends);
        });
        insist(w, [&] {
            if (story.ends != ready) {
                ASSERT_TRUE(w.command(story.ends == stopped ? Action::start : Action::ready));
            }
            w.reach(ready);
            w.pass(readmit_hold + 1'000);
        });
        reached_the_end = w.outside.steps_to_live > 0;
        w.outside.steps_to_live = -1;
        w.restart_agent();
        w.pass(5'000);

        EXPECT_EQ(w.state(), ready);
        EXPECT_EQ(w.sequence().last.outcome, Outcome::reached);
        for (const Server& server : w.drains->servers()) {
            EXPECT_TRUE(w.serves(server.label())) << server.label();
            EXPECT_TRUE(server.record.readmit.empty() && server.record.by_hand.empty());
            EXPECT_EQ(w.wanted(0, server.label()).rotation, Rotation::keep);
            EXPECT_EQ(w.answer(server.label()), agent_check::Answer{});
        }
        // A hook that was asked for twice was asked for with one name: the run file sees to it.
        std::set<std::string> stops;
        for (const RunAsked& asked : w.outside.runs) {
            if (asked.task.action == hook::Action::stop) {
                stops.insert(asked.task.run_id);
            }
        }
        const bool stopping_story = story.ends == stopped || story.action == Action::restart;
        EXPECT_EQ(stops.size(), stopping_story ? 1U : 0U);
    }
}

INSTANTIATE_TEST_SUITE_P(All, KilledAnywhere,
                         testing::Values(Story{"Drain", Action::drain, drained, false},
                                         Story{"Stop", Action::stop, stopped, false},
                                         Story{"Restart", Action::restart, ready, false},
                                         Story{"Down", Action::down, down, false},
                                         Story{"StopWithSiblings", Action::stop, stopped, true},
                                         Story{"RestartWithSiblings", Action::restart, ready,
                                               true}),
                         [](const auto& param) { return std::string(param.param.name); });

TEST(Killed, ADrainKeepsItsDeadline) {
    AgentWorld w;
    w.at().in_flight = 1;
    ASSERT_TRUE(w.command(Action::drain));
    w.pass(drain_timeout / 2);
    w.restart_agent();
    w.pass(drain_timeout / 2 + 2'000);
    EXPECT_EQ(w.state(), ready);
    EXPECT_EQ(w.sequence().last.outcome, Outcome::drain_timeout);
}

TEST(Killed, AZeroOfAnotherLifeIsNoZero) {
    AgentWorld w;
    ASSERT_TRUE(w.command(Action::stop));
    w.pass(settle);
    ASSERT_EQ(w.state(), draining);
    w.restart_agent();
    w.pass(settle);
    EXPECT_EQ(w.state(), draining);
    EXPECT_TRUE(w.outside.runs.empty());
    w.reach(stopping, "llm/a", 1'000);
}

TEST(Killed, TheSameRunIsAskedForAgain) {
    AgentWorld w;
    ASSERT_TRUE(w.command(Action::stop));
    w.reach(stopping);
    w.restart_agent();
    ASSERT_EQ(w.outside.runs.size(), 2U);
    EXPECT_EQ(w.outside.runs[0].run, w.outside.runs[1].run);
    EXPECT_EQ(w.outside.runs[0].task, w.outside.runs[1].task);
    w.run_ends(RunStatus::succeeded);
    EXPECT_EQ(w.state(), stopped);
}

}  // namespace
}  // namespace lbdrain::agent::test
