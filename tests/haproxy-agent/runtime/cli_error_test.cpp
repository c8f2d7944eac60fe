// HAProxy's refusals, as it says them.
#include "runtime/cli_error.hpp"

#include <gtest/gtest.h>

#include "runtime/names.hpp"
#include "runtime/replies.hpp"

namespace lbdrain::haproxy {
namespace {

TEST(CliError, EveryRefusalIsKnown) {
    const std::pair<const char*, ErrorCode> texts[] = {
        {"No such server.\n", ErrorCode::no_such_server},
        {"No such backend.\n", ErrorCode::no_such_backend},
        {"Can't find backend.\n", ErrorCode::no_such_backend},
        {"No such proxy.\n", ErrorCode::no_such_proxy},
        {"Permission denied\n", ErrorCode::permission_denied},
        {"Proxy is disabled.\n", ErrorCode::proxy_disabled},
        {"'set server <srv> state' expects 'ready', 'drain' and 'maint'.\n", ErrorCode::bad_value},
        {"Absolute weight can only be between 0 and 256 inclusive.\n", ErrorCode::bad_value},
        {"Trailing garbage in weight string\n", ErrorCode::bad_value},
        {"Require 'backend/server'.\n", ErrorCode::bad_name},
        {"agent checks are not enabled on this server.\n", ErrorCode::agent_disabled},
        {"Can't find the target PID matching the prefix '@!999'\n", ErrorCode::no_such_process},
        {"Unknown command, but maybe one of the following ones is a better match:\n  add acl\n",
         ErrorCode::unknown_command},
        {"Unknown command: 'x', but maybe one of the following ones is a better match:\n",
         ErrorCode::unknown_command},
        {"[3]: No such server.\n", ErrorCode::no_such_server},
    };
    for (const auto& [text, code] : texts) {
        EXPECT_EQ(refusal_in(text), code) << text;
        const auto refused = expect_silence(text, "set server be/s1 state drain");
        ASSERT_FALSE(refused) << text;
        EXPECT_EQ(refused.error().code, code);
        EXPECT_NE(refused.error().message.find("set server be/s1 state drain"), std::string::npos);
    }
}

TEST(CliError, AnyAnswerToASetIsAFailure) {
    EXPECT_TRUE(expect_silence("", "set"));
    EXPECT_TRUE(expect_silence("\n", "set"));
    EXPECT_TRUE(expect_silence("\n\n", "set"));
    for (const auto* text : {"Who knows.\n", " \n", "Name: HAProxy\n", "[", "[3]", "[3]: "}) {
        const auto refused = expect_silence(text, "set");
        ASSERT_FALSE(refused) << text;
        EXPECT_EQ(refused.error().code, ErrorCode::refused_command) << text;
    }
    EXPECT_EQ(refusal_in(""), std::nullopt);
    EXPECT_EQ(refusal_in("\n"), std::nullopt);
}

TEST(CliError, SaysWhatWouldHelp) {
    EXPECT_NE(refusal("Permission denied\n", "x").message.find("level admin"), std::string::npos);
    EXPECT_NE(refusal("Proxy is disabled.\n", "x").message.find("reload"), std::string::npos);
}

TEST(CliError, EveryCodeHasAName) {
    for (int code = 0; code <= static_cast<int>(ErrorCode::generation_changed); ++code) {
        EXPECT_NE(to_string(static_cast<ErrorCode>(code)), "unknown") << code;
    }
}

TEST(Names, AreHaproxysAndNothingElse) {
    for (const auto* good : {"be", "s1", "A-b_c.d:9", "0", "-"}) {
        EXPECT_TRUE(is_name(good)) << good;
    }
    for (const auto* wrong :
         {"", "a b", "a;quit", "a\nquit", "a/b", "#1", "@!1", "\\", "\xc3\xa4", "a\t", "<<", "*"}) {
        EXPECT_FALSE(is_name(wrong)) << wrong;
        EXPECT_FALSE(check_backend(wrong));
        EXPECT_EQ(check_names("be", wrong).error().code, ErrorCode::bad_name);
        EXPECT_EQ(check_names(wrong, "s1").error().code, ErrorCode::bad_name);
        EXPECT_FALSE(check_word(wrong));
    }
    EXPECT_FALSE(is_name(std::string_view("a\0b", 3)));
    EXPECT_FALSE(is_name(std::string(256, 'a')));
}

TEST(Replies, AreTakenApartAtBlankLines) {
    Replies replies("Name: HAProxy\nPid: 1\n\n\n1\n# be_id\n\nNo such server.\n");
    const auto first = replies.next();
    ASSERT_TRUE(first);
    EXPECT_EQ(first->text, "Name: HAProxy\nPid: 1\n");
    EXPECT_TRUE(first->ended);
    const auto second = replies.next();
    ASSERT_TRUE(second);
    EXPECT_EQ(second->text, "");
    EXPECT_TRUE(second->ended);
    EXPECT_EQ(replies.next()->text, "1\n# be_id\n");
    const auto last = replies.next();
    ASSERT_TRUE(last);
    EXPECT_EQ(last->text, "No such server.\n");
    EXPECT_FALSE(last->ended);
    EXPECT_TRUE(replies.at_end());
    EXPECT_FALSE(replies.next());
}

TEST(Replies, WhatIsCutDoesNotEnd) {
    for (const std::string_view cut : {"a", "a\n", "a\nb", "a\nb\n"}) {
        Replies replies(cut);
        EXPECT_FALSE(replies.next()->ended) << cut;
    }
    EXPECT_FALSE(Replies("").next());
}

}  // namespace
}  // namespace lbdrain::haproxy
