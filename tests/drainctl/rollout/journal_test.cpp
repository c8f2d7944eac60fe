#include "rollout/journal.hpp"

#include <gmock/gmock.h>

namespace lbdrain::ctl {
namespace {

using testing::HasSubstr;

Journal full() {
    return {.id = "7f3a",
            .service = "vllm",
            .action = "restart",
            .request = R"({"wait":true,"timeout_s":900})",
            .max_unavailable = 2,
            .pause = 10'000,
            .without = {"edge-2"},
            .by = "deploy@gpu-a",
            .why = "new model \"70b\"",
            .begun = 1'700'000'000'000,
            .steps = {{.server = "a",
                       .state = StepState::done,
                       .begun = 1'700'000'000'001,
                       .ended = 1'700'000'000'002,
                       .text = "restarted"},
                      {.server = "b", .state = StepState::running, .begun = 5},
                      {.server = "c", .state = StepState::failed, .text = "not ready"},
                      {.server = "d", .state = StepState::skipped},
                      {.server = "e"}}};
}

// What is said of the full journal with `from` replaced in its text.
std::string error_with(const std::string& from, const std::string& to) {
    std::string text = encode(full());
    const auto at = text.find(from);
    EXPECT_NE(at, std::string::npos) << from;
    text.replace(at, from.size(), to);
    const auto read = decode_journal(text);
    EXPECT_FALSE(read);
    return read ? "" : read.error();
}

TEST(Journal, IsReadAsItWasWritten) {
    const auto read = decode_journal(encode(full()));
    ASSERT_TRUE(read) << read.error();
    EXPECT_EQ(*read, full());
}

TEST(Journal, TakesAnyBytesForTexts) {
    Journal journal = full();
    journal.why = "caf\xE9";
    const auto read = decode_journal(encode(journal));
    ASSERT_TRUE(read) << read.error();
    EXPECT_EQ(read->why, "caf\xEF\xBF\xBD");
}

TEST(Journal, SkipsWhatItDoesNotKnow) {
    std::string text = encode(full());
    text.insert(1, R"("later":{"a":1},)");
    EXPECT_EQ(*decode_journal(text), full());
}

TEST(Journal, NamesWhatIsWrong) {
    EXPECT_THAT(decode_journal("").error(), HasSubstr("not JSON"));
    EXPECT_THAT(decode_journal("[]").error(), HasSubstr("not a JSON object"));
    EXPECT_THAT(decode_journal("{}").error(), HasSubstr("\"version\" is missing"));
    EXPECT_THAT(error_with("\"version\":1", "\"version\":2"), HasSubstr("another version"));
    EXPECT_THAT(error_with("\"by\"", "\"bye\""), HasSubstr("\"by\" is missing"));
    EXPECT_THAT(error_with("\"running\"", "\"walking\""),
                HasSubstr("\"steps[1].state\" is not one of the known words"));
    EXPECT_THAT(error_with("\"server\":\"b\"", "\"server\":\"a\""), HasSubstr("\"a\" twice"));
    EXPECT_THAT(error_with("\"max_unavailable\":2", "\"max_unavailable\":0"), HasSubstr("is 0"));
    EXPECT_THAT(error_with("\"max_unavailable\":2", "\"max_unavailable\":-1"),
                HasSubstr("not a number in range"));
    EXPECT_THAT(error_with("\"pause_ms\":10000", "\"pause_ms\":-1"), HasSubstr("less than 0"));
    EXPECT_THAT(error_with("[\"edge-2\"]", "[5]"),
                HasSubstr("\"without\" is not an array of texts"));
}

TEST(Journal, CutAnywhereIsRefused) {
    const std::string text = encode(full());
    for (std::size_t size = 0; size + 1 < text.size(); ++size) {
        EXPECT_FALSE(decode_journal(std::string_view(text).substr(0, size))) << size;
    }
}

}  // namespace
}  // namespace lbdrain::ctl
