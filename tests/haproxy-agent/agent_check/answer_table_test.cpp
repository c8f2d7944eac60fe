#include "agent_check/answer_table.hpp"

#include <gtest/gtest.h>

#include <thread>
#include <vector>

namespace lbdrain::agent_check {
namespace {

std::shared_ptr<AnswerTable> table_of(const std::vector<std::string>& names) {
    return AnswerTable::make(names).value();
}

std::string line(const AnswerTable& table, AnswerTable::Index index) {
    return std::string(table.current(index).line.view());
}

TEST(AnswerTable, FindsItsNamesAndNoOthers) {
    const auto table = table_of({"be/s1", "be/s10", "other/s1"});
    ASSERT_EQ(table->size(), 3U);
    EXPECT_EQ(table->find("be/s10"), 1U);
    EXPECT_EQ(table->name(2), "other/s1");
    for (const auto* none : {"", "be", "be/s", "be/s100", "BE/S1", "be/s1 "}) {
        EXPECT_EQ(table->find(none), std::nullopt) << none;
    }
}

TEST(AnswerTable, HasNoOpinionAtFirst) {
    const auto table = table_of({"be/s1"});
    EXPECT_EQ(line(*table, 0), "\n");
    EXPECT_EQ(table->last_fetched(0).count, 0U);
}

TEST(AnswerTable, RefusesNamesThatCannotBeAsked) {
    const std::vector<std::string> none{"", " be/s1", "be\n", std::string(300, 'x')};
    for (const std::string& name : none) {
        EXPECT_FALSE(AnswerTable::make({&name, 1})) << name;
    }
    const auto twice = AnswerTable::make(std::vector<std::string>{"be/s1", "be/s1"});
    ASSERT_FALSE(twice);
    EXPECT_EQ(twice.error(), "the server \"be/s1\" comes twice");
}

TEST(AnswerTable, RepliesWithWhatWasGivenLast) {
    const auto table = table_of({"be/s1", "be/s2"});
    const auto first = table->replace(0, "up ready\n");
    const auto second = table->replace(0, Answer{.admin = Answer::AdminWord::drain});
    EXPECT_GT(second, first);
    EXPECT_EQ(line(*table, 0), "up drain\n");
    EXPECT_EQ(line(*table, 1), "\n");
    EXPECT_EQ(table->current(0).version, second);
    // The same again is nothing new: whoever waits for that version need not wait again.
    EXPECT_EQ(table->replace(0, "up drain\n"), second);
}

TEST(AnswerTable, WhatIsNoLineIsNoOpinion) {
    const auto table = table_of({"be/s1"});
    table->replace(0, "up\n");
    table->replace(0, "up ready");
    EXPECT_EQ(line(*table, 0), "\n");
}

TEST(AnswerTable, RecordsWhatWasFetched) {
    const auto table = table_of({"be/s1"});
    const auto version = table->replace(0, "up drain\n");
    table->fetched(0, version, 1234);
    table->fetched(0, version, 2345);
    const Fetched seen = table->last_fetched(0);
    EXPECT_EQ(seen.count, 2U);
    EXPECT_EQ(seen.at_ms, 2345);
    EXPECT_EQ(seen.version, version);
}

// Every line that two writers give consists of one letter, its length tells which: a torn one
// shows.
TEST(AnswerTable, AReaderNeverSeesHalfALine) {
    const auto table = table_of({"be/s1"});
    constexpr int rounds = 20000;
    const auto write = [&](char letter) {
        for (int i = 0; i < rounds; ++i) {
            const auto size = static_cast<std::size_t>(letter - 'a' + 1 + (i % 4) * 26);
            table->replace(0, std::string(size, letter) + "\n");
        }
    };
    const std::jthread reader([&](const std::stop_token& stop) {
        std::uint64_t before = 0;
        while (!stop.stop_requested()) {
            const auto seen = table->current(0);
            auto text = seen.line.view();
            ASSERT_TRUE(text.ends_with('\n'));
            text.remove_suffix(1);
            ASSERT_EQ(text.find_first_not_of(text.empty() ? '\0' : text[0]), text.npos);
            ASSERT_TRUE(text.empty() || (text.size() - 1) % 26 + 'a' == std::size_t(text[0]));
            ASSERT_GE(seen.version, before);
            before = seen.version;
        }
    });
    std::jthread one([&] { write('c'); });
    std::jthread two([&] { write('z'); });
    one.join();
    two.join();
}

}  // namespace
}  // namespace lbdrain::agent_check
