#include "state_row/state_text.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "live_server.hpp"

namespace lbdrain::haproxy {
namespace {

using testing::ElementsAre;
using testing::IsEmpty;

TEST(StateText, WithoutRowsIsStillAFileThatHaproxyKnows) {
    const std::string text = format_state_text({});
    EXPECT_TRUE(text.starts_with("1\n#"));
    EXPECT_TRUE(text.ends_with("\n"));
    EXPECT_THAT(parse_state_text(text)->rows, IsEmpty());
}

TEST(StateText, IsReadBack) {
    const std::vector<StateRow> rows = {row_of("s1"), row_of("s2", OutState::maint)};
    EXPECT_EQ(parse_state_text(format_state_text(rows))->rows, rows);
}

TEST(StateText, OfNothingIsAFileWithoutRows) {
    EXPECT_THAT(parse_state_text("")->rows, IsEmpty());
}

TEST(StateText, OfAnotherKindIsRefused) {
    for (const char* text : {"2\n", "0\n", "# foo\n1\n", "\n1\n", "global\n", "1 \n", "10\n"}) {
        EXPECT_FALSE(parse_state_text(text)) << text;
    }
}

TEST(StateText, LeavesOutLinesThatMakeHaproxyIgnoreTheWholeFile) {
    const std::string good = row_of("s1").line;
    const auto parsed = parse_state_text("1\n3 be 1 s9 -\n" + good + "\n\n  # x\n3 be 1 s2 -");
    ASSERT_TRUE(parsed);
    EXPECT_THAT(parsed->rows, ElementsAre(row_of("s1")));
    EXPECT_EQ(parsed->dropped.size(), 2U);
    EXPECT_TRUE(parsed->dropped.at(0).starts_with("line 2: "));

    const auto cut = parse_state_text("1\n" + good);
    EXPECT_THAT(cut->rows, IsEmpty());
    EXPECT_EQ(cut->dropped.size(), 1U);
}

TEST(StateText, KnowsTheFirstRowOfAServerOnly) {
    const auto parsed = parse_state_text("1\n" + row_of("s1").line + "\n" +
                                         row_of("s1", OutState::maint).line + "\n");
    EXPECT_THAT(parsed->rows, ElementsAre(row_of("s1")));
}

TEST(StateText, ReplacesOurRowsAndKeepsThoseOfOthers) {
    const std::set<ServerName> ours = {{"be", "s1"}, {"be", "s2"}};
    const std::vector<StateRow> present = {row_of("s1"), row_of("other"), row_of("s2")};
    EXPECT_THAT(merge_rows(present, ours, {row_of("s2", OutState::maint)}),
                ElementsAre(row_of("other"), row_of("s2", OutState::maint)));
    EXPECT_THAT(merge_rows(present, ours, {}), ElementsAre(row_of("other")));
}

}  // namespace
}  // namespace lbdrain::haproxy
