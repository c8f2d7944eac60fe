#include "lbdrain/utf8.hpp"

#include <gtest/gtest.h>

namespace lbdrain {
namespace {

#define REPLACED "\xEF\xBF\xBD"

TEST(Utf8, LeavesTextAlone) {
    for (const std::string_view text :
         {std::string_view(), std::string_view("plain"), std::string_view("a\0\n\x7F", 4),
          std::string_view("\xC2\x80 \xDF\xBF"), std::string_view("\xE0\xA0\x80 \xED\x9F\xBF"),
          std::string_view("\xEE\x80\x80 \xEF\xBF\xBF"),
          std::string_view("\xF0\x90\x80\x80 \xF4\x8F\xBF\xBF")}) {
        EXPECT_EQ(to_utf8(text), text);
    }
}

TEST(Utf8, ReplacesEveryByteThatIsNone) {
    EXPECT_EQ(to_utf8("a\xFF\xFE!"), "a" REPLACED REPLACED "!");
    EXPECT_EQ(to_utf8("\x80"), REPLACED);                            // alone
    EXPECT_EQ(to_utf8("\xC1\xBF"), REPLACED REPLACED);               // overlong, 2 bytes
    EXPECT_EQ(to_utf8("\xE0\x9F\xBF"), REPLACED REPLACED REPLACED);  // overlong, 3 bytes
    EXPECT_EQ(to_utf8("\xF0\x8F\xBF\xBF"), REPLACED REPLACED REPLACED REPLACED);
    EXPECT_EQ(to_utf8("\xED\xA0\x80"), REPLACED REPLACED REPLACED);  // a surrogate
    EXPECT_EQ(to_utf8("\xF4\x90\x80\x80"), REPLACED REPLACED REPLACED REPLACED);
    EXPECT_EQ(to_utf8("\xF5\x80"), REPLACED REPLACED);
}

TEST(Utf8, ReplacesWhatIsCutShort) {
    EXPECT_EQ(to_utf8("\xC3"), REPLACED);
    EXPECT_EQ(to_utf8("\xC3x"), REPLACED "x");
    EXPECT_EQ(to_utf8("\xE2\x82"), REPLACED REPLACED);
    EXPECT_EQ(to_utf8("\xE2\x82\xC3\xA9"), REPLACED REPLACED "\xC3\xA9");
    EXPECT_EQ(to_utf8("\xF0\x9F\x98"), REPLACED REPLACED REPLACED);
}

}  // namespace
}  // namespace lbdrain
