#include "agent_check/answer.hpp"

#include <gtest/gtest.h>

namespace lbdrain::agent_check {
namespace {

using AdminWord = Answer::AdminWord;
using Health = Answer::Health;

std::string text(const Answer& answer) {
    return std::string(to_line(answer).view());
}

TEST(AgentCheckAnswer, SaysTheWordsOfTheProtocol) {
    EXPECT_EQ(text({}), "up\n");
    EXPECT_EQ(text({.admin = AdminWord::ready, .weight_percent = 100}), "up ready 100%\n");
    EXPECT_EQ(text({.weight_percent = 100}), "up 100%\n");
    EXPECT_EQ(text({.admin = AdminWord::drain}), "up drain\n");
    EXPECT_EQ(text({.admin = AdminWord::maint}), "up maint\n");
    EXPECT_EQ(text({.health = Health::down}), "down\n");
    EXPECT_EQ(text({.health = Health::down, .reason = "planned"}), "down #planned\n");
    EXPECT_EQ(text({.admin = AdminWord::drain,
                    .health = Health::down,
                    .weight_percent = 7,
                    .reason = "all of it"}),
              "down drain 7% #all of it\n");
}

TEST(AgentCheckAnswer, DropsTheReasonThatHAProxyWouldDrop) {
    EXPECT_EQ(text({.admin = AdminWord::drain, .reason = "why"}), "up drain\n");
}

TEST(AgentCheckAnswer, AReasonNeverEndsTheLine) {
    using namespace std::string_literals;
    EXPECT_EQ(text({.health = Health::down, .reason = "a\r\nup ready\0b\tc\x7F"s}),
              "down #a  up ready b c\n");
    EXPECT_EQ(text({.health = Health::down, .reason = " \r\n "}), "down\n");
    EXPECT_EQ(text({.health = Health::down, .reason = "# more #"}), "down ## more #\n");
}

TEST(AgentCheckAnswer, IsBoundedAndWhole) {
    const Answer longest{.admin = AdminWord::drain,
                         .health = Health::down,
                         .weight_percent = 4000000000,
                         .reason = std::string(1000, 'x')};
    EXPECT_EQ(text(longest), "down drain 25600% #" + std::string(max_reason, 'x') + "\n");
    EXPECT_TRUE(is_line(to_line(longest).view()));

    // Not within a character.
    const Answer umlauts{.health = Health::down, .reason = "x" + [] {
                             std::string all;
                             for (int i = 0; i < 100; ++i) {
                                 all += "\xC3\xBC";
                             }
                             return all;
                         }()};
    EXPECT_TRUE(text(umlauts).ends_with("\xC3\xBC\n"));
}

TEST(AgentCheckAnswer, KnowsWhatIsALine) {
    using namespace std::string_view_literals;
    EXPECT_TRUE(is_line(no_opinion));
    EXPECT_TRUE(is_line("up\n"));
    for (const auto none : {""sv, "up"sv, "up\r\n"sv, "up\ndrain\n"sv, "\n\n"sv, "u\0p\n"sv}) {
        EXPECT_FALSE(is_line(none));
    }
    EXPECT_FALSE(is_line(std::string(200, 'x') + "\n"));
}

}  // namespace
}  // namespace lbdrain::agent_check
