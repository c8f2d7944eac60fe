#include "lbdrain/fixed_text.hpp"

#include <gtest/gtest.h>

#include <cstring>
#include <string>

namespace lbdrain {
namespace {

TEST(FixedText, HoldsUpToItsCapacity) {
    EXPECT_TRUE(FixedText<4>().empty());
    EXPECT_EQ(FixedText<4>("abcd").view(), "abcd");
    EXPECT_EQ(FixedText<4>("abcde").view(), "abcd");
    EXPECT_EQ(FixedText<4>(std::string(100'000, 'x')).view(), "xxxx");
}

TEST(FixedText, IsCutBetweenCharacters) {
    EXPECT_EQ(FixedText<4>("abc\xC3\xA9").view(), "abc");            // 2 bytes
    EXPECT_EQ(FixedText<5>("abc\xC3\xA9").view(), "abc\xC3\xA9");    // fits
    EXPECT_EQ(FixedText<4>("ab\xE2\x82\xAC").view(), "ab");          // 3 bytes
    EXPECT_EQ(FixedText<5>("ab\xF0\x9F\x98\x80").view(), "ab");      // 4 bytes
    EXPECT_EQ(FixedText<3>("\xC3\xA9\xC3\xA9").view(), "\xC3\xA9");  // the second one
    EXPECT_EQ(FixedText<2>("\xF0\x9F\x98\x80").view(), "");          // none fits
    EXPECT_EQ(FixedText<2>("\x80\x80\x80\x80").view(), "");          // no character at all
}

TEST(FixedText, KeepsBytesThatEndStrings) {
    const std::string_view text("a\0b", 3);
    EXPECT_EQ(FixedText<8>(text).view(), text);
}

TEST(FixedText, AppendsWhatFits) {
    FixedText<8> text("abc");
    text.append("def");
    EXPECT_EQ(text.view(), "abcdef");
    text.append("\xE2\x82\xAC");
    EXPECT_EQ(text.view(), "abcdef");
    text.append("ghi");
    EXPECT_EQ(text.view(), "abcdefgh");
    text.append("more");
    EXPECT_EQ(text.view(), "abcdefgh");
    text.assign("x");
    EXPECT_EQ(text.view(), "x");
    text.clear();
    EXPECT_TRUE(text.empty());
}

TEST(FixedText, ComparesWhatItHoldsNotWhatItHeld) {
    FixedText<8> a("long");
    a.assign("ab");
    EXPECT_EQ(a, FixedText<8>("ab"));
    EXPECT_FALSE(a == FixedText<8>("abc"));
}

// It lives in a file that others write to.
TEST(FixedText, DamagedSizeStaysWithinBounds) {
    FixedText<8> text("abcdefgh");
    const std::uint16_t size = 65'535;
    std::memcpy(static_cast<void*>(&text), &size, sizeof size);
    EXPECT_EQ(text.view(), "abcdefgh");
    text.append("more");
    EXPECT_EQ(text.view().size(), 8U);
    text.assign("ab");
    EXPECT_EQ(text.view(), "ab");
}

}  // namespace
}  // namespace lbdrain
