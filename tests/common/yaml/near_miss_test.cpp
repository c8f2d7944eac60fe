#include "lbdrain/yaml/near_miss.hpp"

#include <gtest/gtest.h>

#include <string>

namespace lbdrain::yaml {
namespace {

constexpr std::string_view kWords[] = {"stop", "start", "ready", "address", "agent_check"};

std::string near_to(std::string_view typed) {
    return std::string(near_miss(typed, kWords).value_or("-"));
}

TEST(NearMiss, FindsSlips) {
    EXPECT_EQ(near_to("sotp"), "stop");
    EXPECT_EQ(near_to("stopp"), "stop");
    EXPECT_EQ(near_to("strat"), "start");
    EXPECT_EQ(near_to("adress"), "address");
    EXPECT_EQ(near_to("Address"), "address");
    EXPECT_EQ(near_to("agent-check"), "agent_check");
    EXPECT_EQ(near_to("agentchek"), "agent_check");
}

TEST(NearMiss, DoesNotGuess) {
    EXPECT_EQ(near_to(""), "-");
    EXPECT_EQ(near_to("x"), "-");
    EXPECT_EQ(near_to("color"), "-");
    EXPECT_EQ(near_to("st"), "-");
    EXPECT_EQ(near_to(std::string(100'000, 'a')), "-");
}

TEST(NearMiss, TwoEquallyNearAreNone) {
    constexpr std::string_view twins[] = {"edge-1", "edge-2"};
    EXPECT_EQ(near_miss("edge-3", twins), std::nullopt);
    EXPECT_EQ(near_miss("edge1", twins), "edge-1");
}

}  // namespace
}  // namespace lbdrain::yaml
