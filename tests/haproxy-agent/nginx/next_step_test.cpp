#include "nginx/next_step.hpp"

#include <gmock/gmock.h>

#include <vector>

namespace lbdrain::agent {
namespace {

using testing::HasSubstr;
using Kind = Step::Kind;

constexpr std::array all_states{ServerState::ready,    ServerState::draining, ServerState::drained,
                                ServerState::stopping, ServerState::stopped,  ServerState::starting,
                                ServerState::warming,  ServerState::failed,   ServerState::down};

api::ServerView view(ServerState state, const std::string& by = {}, Goal goal = Goal::none) {
    api::ServerView out;
    out.state = state;
    out.by = by;
    out.goal = goal;
    out.complete = true;
    out.out = !in_rotation(state);
    return out;
}

Seen seen(const api::ServerView& server, Rotation rotation) {
    return seen_of(server, {.rotation = rotation, .revision = 7});
}

TEST(NextStep, KeepTouchesNothing) {
    for (const ServerState state : all_states) {
        for (const char* by : {"", "alice", "drain-agent"}) {
            const Step step = next_step(view(state, by), Rotation::keep);
            EXPECT_EQ(step.kind, Kind::none) << to_string(state);
            EXPECT_EQ(step.obstacle, "");
        }
    }
}

TEST(NextStep, TakesOutWhatIsInRotation) {
    for (const Rotation rotation : {Rotation::drain, Rotation::maint}) {
        for (const ServerState state : {ServerState::ready, ServerState::warming}) {
            const Step step = next_step(view(state, "alice"), rotation);
            EXPECT_EQ(step.kind, Kind::drain);
            EXPECT_EQ(step.by, "drain-agent");
        }
    }
}

TEST(NextStep, LeavesItsOwnDrainAlone) {
    const auto draining = view(ServerState::draining, "drain-agent", Goal::drained);
    EXPECT_EQ(next_step(draining, Rotation::drain).kind, Kind::none);
    EXPECT_EQ(next_step(draining, Rotation::drain).obstacle, "");
    EXPECT_TRUE(seen(draining, Rotation::drain).out);
    EXPECT_TRUE(seen(view(ServerState::drained, "drain-agent"), Rotation::maint).out);
}

TEST(NextStep, LooksWhatIsLeftOfADownAndRemembersWhose) {
    const Step step = next_step(view(ServerState::down, "alice"), Rotation::drain);
    EXPECT_EQ(step.kind, Kind::drain);
    EXPECT_EQ(step.by, "drain-agent, left out for alice");
    EXPECT_EQ(next_step(view(ServerState::down, step.by), Rotation::drain).by, step.by);
    EXPECT_EQ(next_step(view(ServerState::down, "configuration"), Rotation::drain).by,
              "drain-agent");
    const std::string longest(64, 'x');
    EXPECT_LE(next_step(view(ServerState::failed, longest), Rotation::drain).by.size(), 64U);
}

TEST(NextStep, SomebodyElsesSequenceIsNeitherJoinedNorTrusted) {
    const std::vector<std::pair<ServerState, Goal>> led{{ServerState::draining, Goal::drained},
                                                        {ServerState::draining, Goal::stopped},
                                                        {ServerState::stopping, Goal::restarted},
                                                        {ServerState::stopped, Goal::restarted},
                                                        {ServerState::starting, Goal::ready}};
    for (const auto& [state, goal] : led) {
        for (const Rotation rotation : {Rotation::drain, Rotation::maint, Rotation::readmit}) {
            const auto server = view(state, "alice", goal);
            const Step step = next_step(server, rotation);
            EXPECT_EQ(step.kind, Kind::none);
            EXPECT_THAT(step.obstacle, HasSubstr("by alice"));
            EXPECT_THAT(step.obstacle, HasSubstr(std::string(to_string(goal))));
            EXPECT_FALSE(seen(server, rotation).out) << "its own deadline may put it back";
            EXPECT_TRUE(seen(server, rotation).by_hand);
        }
    }
}

TEST(NextStep, WhatAPersonReachedIsGoodEnough) {
    for (const ServerState state : {ServerState::drained, ServerState::stopped}) {
        const auto server = view(state, "alice");
        EXPECT_EQ(next_step(server, Rotation::drain).kind, Kind::none);
        EXPECT_EQ(next_step(server, Rotation::drain).obstacle, "");
        EXPECT_TRUE(seen(server, Rotation::drain).out);
        EXPECT_TRUE(seen(server, Rotation::drain).by_hand);
    }
}

TEST(NextStep, PutsBackWhatNoPersonWantsOut) {
    for (const ServerState state : {ServerState::draining, ServerState::drained,
                                    ServerState::stopped, ServerState::failed, ServerState::down}) {
        for (const char* by : {"drain-agent", "drain-agent on gpu-7", "configuration", ""}) {
            EXPECT_EQ(next_step(view(state, by), Rotation::readmit).kind, Kind::ready) << by;
        }
        for (const char* by : {"alice", "drain-agent, left out for alice"}) {
            const Step step = next_step(view(state, by), Rotation::readmit);
            EXPECT_EQ(step.kind, Kind::none);
            EXPECT_THAT(step.obstacle, HasSubstr("by alice"));
            EXPECT_TRUE(seen(view(state, by), Rotation::readmit).by_hand);
        }
    }
    EXPECT_EQ(next_step(view(ServerState::ready), Rotation::readmit).kind, Kind::none);
    EXPECT_TRUE(seen(view(ServerState::warming), Rotation::readmit).in);
}

TEST(NextStep, HeldBySiblingsSequence) {
    auto server = view(ServerState::ready);
    server.held_by = "chat/10.0.1.1:8000";
    server.out = true;
    for (const Rotation rotation : {Rotation::drain, Rotation::readmit}) {
        EXPECT_EQ(next_step(server, rotation).kind, Kind::none);
        EXPECT_THAT(next_step(server, rotation).obstacle, HasSubstr("chat/10.0.1.1:8000"));
        EXPECT_FALSE(seen(server, rotation).out);
        EXPECT_FALSE(seen(server, rotation).in);
        EXPECT_TRUE(seen(server, rotation).by_hand);
    }
}

TEST(NextStep, DownInTheConfiguration) {
    auto server = view(ServerState::ready);
    server.configured_down = true;
    EXPECT_THAT(next_step(server, Rotation::readmit).obstacle, HasSubstr("configuration"));
    EXPECT_FALSE(seen(server, Rotation::keep).in);
    EXPECT_TRUE(seen(server, Rotation::keep).by_hand);
    EXPECT_EQ(next_step(server, Rotation::drain).kind, Kind::drain);
}

TEST(SeenOf, TellsTheCounts) {
    auto server = view(ServerState::draining, "drain-agent", Goal::drained);
    server.in_flight = 3;
    server.queued = 2;
    server.weight = 5;
    const Seen out = seen(server, Rotation::drain);
    EXPECT_TRUE(out.known);
    EXPECT_TRUE(out.complete);
    EXPECT_EQ(out.revision, 7U);
    EXPECT_EQ(out.in_flight, 3U);
    EXPECT_EQ(out.queued, 2U);
    EXPECT_EQ(out.weight, 5U);
    EXPECT_FALSE(out.by_hand);
}

TEST(SeenOf, WhatIsNotCountedOrNotOutIsNoZero) {
    auto server = view(ServerState::drained, "drain-agent");
    server.complete = false;
    EXPECT_FALSE(seen(server, Rotation::drain).complete);
    EXPECT_THAT(seen(server, Rotation::drain).obstacle, HasSubstr("cannot be counted"));
    server.complete = true;
    server.out = false;
    EXPECT_FALSE(seen(server, Rotation::drain).out);
    server.out.reset();
    server.complete.reset();
    EXPECT_FALSE(seen(server, Rotation::drain).out);
    EXPECT_FALSE(seen(server, Rotation::drain).complete);
    EXPECT_THAT(seen(server, Rotation::drain).obstacle, HasSubstr("too old"));
}

TEST(SeenOf, OutThoughNobodyWantsThatIsByHand) {
    for (const ServerState state : all_states) {
        const Seen kept = seen(view(state, "drain-agent"), Rotation::keep);
        EXPECT_EQ(kept.by_hand, !in_rotation(state));
        EXPECT_EQ(kept.in, in_rotation(state));
        EXPECT_EQ(kept.up, kept.in);
    }
}

}  // namespace
}  // namespace lbdrain::agent
