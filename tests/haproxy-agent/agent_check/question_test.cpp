#include "agent_check/question.hpp"

#include <gtest/gtest.h>

namespace lbdrain::agent_check {
namespace {

using namespace std::string_view_literals;

TEST(AgentCheckQuestion, IsTheFirstLine) {
    EXPECT_EQ(first_line("be/s1\n"), "be/s1");
    EXPECT_EQ(first_line("be/s1\r\n"), "be/s1");
    EXPECT_EQ(first_line("be/s1\nbe/s2\n"), "be/s1");
    EXPECT_EQ(first_line("\n"), "");
    EXPECT_EQ(first_line("\r\n"), "");
}

TEST(AgentCheckQuestion, LosesBlanksAtItsEnds) {
    EXPECT_EQ(first_line(" \t be/s1 \t \r\n"), "be/s1");
    EXPECT_EQ(first_line("be/ s1\n"), "be/ s1");
    EXPECT_EQ(first_line("  \n"), "");
}

TEST(AgentCheckQuestion, IsNoneBeforeItsEnd) {
    EXPECT_EQ(first_line(""), std::nullopt);
    EXPECT_EQ(first_line("be/s1"), std::nullopt);
    EXPECT_EQ(first_line("be/s1\r"), std::nullopt);
    EXPECT_EQ(first_line("be/s1\0"sv), std::nullopt);
}

TEST(AgentCheckQuestion, KnowsWhichNamesCanBeAsked) {
    EXPECT_TRUE(can_be_asked("be/s1"));
    EXPECT_TRUE(can_be_asked(std::string(max_name, 'x')));
    for (const auto none : {""sv, " be"sv, "be\t"sv, "b\ne"sv, "b\re"sv, "b\0e"sv}) {
        EXPECT_FALSE(can_be_asked(none));
    }
    EXPECT_FALSE(can_be_asked(std::string(max_name + 1, 'x')));
}

TEST(AgentCheckQuestion, IsShownWithoutHarm) {
    EXPECT_EQ(printable("be/s1"), "be/s1");
    EXPECT_EQ(printable("\x1B[2J\xFF\n"), "?[2J??");
    EXPECT_EQ(printable(std::string(200, 'x')), std::string(80, 'x') + "...");
}

}  // namespace
}  // namespace lbdrain::agent_check
