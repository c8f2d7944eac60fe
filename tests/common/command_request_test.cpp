// Bodies of commands: what each action takes, and that everything else is refused by name.
#include "lbdrain/api/command_request.hpp"

#include <gmock/gmock.h>

#include <array>
#include <set>
#include <string>

namespace lbdrain::api {
namespace {

using testing::HasSubstr;

constexpr std::array actions{Action::drain,   Action::stop,  Action::start,
                             Action::restart, Action::ready, Action::down};

bool takes_traffic_away(Action action) {
    return action == Action::drain || action == Action::stop || action == Action::restart;
}

// The detail of the refusal; empty: it was taken.
std::string refusal(std::string_view body, Action action = Action::stop) {
    const auto request = parse_command_request(body, action);
    if (request) {
        return {};
    }
    EXPECT_EQ(request.error().code, ProblemCode::bad_request);
    EXPECT_NE(request.error().detail, "");
    return request.error().detail;
}

TEST(Action, WordsAreReadBack) {
    std::set<std::string_view> words;
    for (const Action action : actions) {
        EXPECT_EQ(parse_action(to_string(action)), action);
        words.insert(to_string(action));
    }
    EXPECT_EQ(words,
              (std::set<std::string_view>{"drain", "stop", "start", "restart", "ready", "down"}));
    for (const std::string_view word : {"", "Drain", "drain/", "unknown", "weight"}) {
        EXPECT_EQ(parse_action(word), std::nullopt) << word;
    }
}

TEST(CommandRequest, EmptyBodyStandsForNoMembers) {
    for (const std::string_view body : {"", " \t\r\n ", "{}", " { } "}) {
        for (const Action action : actions) {
            const auto request = parse_command_request(body, action);
            ASSERT_TRUE(request) << body;
            EXPECT_TRUE(request->wait);
            EXPECT_FALSE(request->force);
            EXPECT_EQ(request->timeout_ms, std::nullopt);
            EXPECT_EQ(request->settle_ms, std::nullopt);
            EXPECT_EQ(request->on_timeout, std::nullopt);
            EXPECT_EQ(request->check, std::nullopt);
            EXPECT_EQ(request->reason, "");
            EXPECT_EQ(request->by, "");
        }
    }
}

TEST(CommandRequest, EveryMemberIsRead) {
    const auto request = parse_command_request(
        R"({"wait":false,"timeout_s":900,"settle_s":1.5,"on_timeout":"stop","force":true,
            "reason":"new kernel","by":"alice"})",
        Action::restart);
    ASSERT_TRUE(request) << request.error().detail;
    EXPECT_FALSE(request->wait);
    EXPECT_TRUE(request->force);
    EXPECT_EQ(request->timeout_ms, 900'000);
    EXPECT_EQ(request->settle_ms, 1'500);
    EXPECT_EQ(request->on_timeout, OnTimeout::stop);
    EXPECT_EQ(request->reason, "new kernel");
    EXPECT_EQ(request->by, "alice");

    const auto ready = parse_command_request(R"({"check":false})", Action::ready);
    ASSERT_TRUE(ready) << ready.error().detail;
    EXPECT_EQ(ready->check, false);
}

struct Value {
    std::string_view member;
    std::string_view good;
    std::vector<std::string_view> bad;
};

const std::vector<Value>& values() {
    static const std::vector<Value> all{
        {"wait", "true", {"1", "\"true\"", "null", "[]", "{}"}},
        {"force", "false", {"0", "\"no\"", "null", "[true]"}},
        {"check", "true", {"1", "\"yes\"", "null"}},
        {"timeout_s",
         "900",
         {"-1", "604800.5", "1e400", "-1e400", "\"900\"", "null", "true", "[9]"}},
        {"settle_s", "0.25", {"-0.001", "1e9", "\"1\"", "null", "{}"}},
        {"on_timeout", "\"wait\"", {"\"Stop\"", "\"\"", "\"none\"", "1", "null", "true"}},
        {"reason",
         "\"r\"",
         {"1", "null", "true", "[\"r\"]", "\"a\\nb\"", "\"\\u0000\"", "\"\\u007f\""}},
        {"by", "\"b\"", {"1", "null", "{}", "\"\\u001b[31m\""}}};
    return all;
}

bool takes(std::string_view member, Action action) {
    if (member == "check") {
        return action == Action::ready;
    }
    const bool of_the_drain =
        member == "timeout_s" || member == "settle_s" || member == "on_timeout";
    return !of_the_drain || takes_traffic_away(action);
}

std::string body(std::string_view member, std::string_view value) {
    return "{\"" + std::string(member) + "\":" + std::string(value) + "}";
}

class PerAction : public testing::TestWithParam<Action> {};

TEST_P(PerAction, TakesItsMembersAndRefusesTheRestByName) {
    for (const Value& each : values()) {
        SCOPED_TRACE(each.member);
        const std::string detail = refusal(body(each.member, each.good), GetParam());
        if (takes(each.member, GetParam())) {
            EXPECT_EQ(detail, "");
        } else {
            EXPECT_THAT(detail, HasSubstr("unknown member \"" + std::string(each.member) + "\""));
            EXPECT_THAT(detail, HasSubstr(to_string(GetParam())));
        }
    }
}

TEST_P(PerAction, RefusesWrongTypesAndRangesByName) {
    for (const Value& each : values()) {
        for (const std::string_view value : each.bad) {
            SCOPED_TRACE(body(each.member, value));
            EXPECT_THAT(refusal(body(each.member, value), GetParam()),
                        HasSubstr("\"" + std::string(each.member) + "\""));
        }
    }
}

TEST_P(PerAction, ListsItsMembers) {
    std::set<std::string_view> expected;
    for (const Value& each : values()) {
        if (takes(each.member, GetParam())) {
            expected.insert(each.member);
        }
    }
    const auto listed = members(GetParam());
    EXPECT_EQ(std::set<std::string_view>(listed.begin(), listed.end()), expected);
    EXPECT_EQ(listed.size(), expected.size());
}

TEST_P(PerAction, RefusesUnknownMembers) {
    for (const std::string_view name : {"", "Wait", "timeout", "timeout_ms", "weight", "wait "}) {
        EXPECT_THAT(refusal(body(name, "1"), GetParam()),
                    HasSubstr("unknown member \"" + std::string(name) + "\" for " +
                              std::string(to_string(GetParam())) + "; there are wait, "));
    }
}

TEST_P(PerAction, RefusesARepeatedMember) {
    for (const std::string_view text :
         {R"({"wait":true,"wait":true})", R"({"wait":true,"by":"b","w\u0061it":false})",
          R"({ "wait" : true , "wait" : "x" })"}) {
        EXPECT_EQ(refusal(text, GetParam()), "\"wait\" stands there twice") << text;
    }
    EXPECT_EQ(refusal(R"({"by":"\"by\":{[","reason":"by:\\"})", GetParam()), "")
        << "names inside texts are none";
    EXPECT_EQ(refusal(R"({"by":"\":\"","reason":"\\"})", GetParam()), "");
    EXPECT_THAT(refusal(R"({"by":"b","reason":{"by":1}})", GetParam()),
                HasSubstr("\"reason\" must be"));
}

INSTANTIATE_TEST_SUITE_P(Actions, PerAction, testing::ValuesIn(actions),
                         [](const auto& each) { return std::string(to_string(each.param)); });

TEST(CommandRequest, SecondsHaveBounds) {
    const auto timeout = [](std::string_view value) {
        return parse_command_request(body("timeout_s", value), Action::drain);
    };
    EXPECT_EQ(timeout("0")->timeout_ms, 0);
    EXPECT_EQ(timeout("0.0004")->timeout_ms, 0);
    EXPECT_EQ(timeout("0.0006")->timeout_ms, 1);
    EXPECT_EQ(timeout("604800")->timeout_ms, 604'800'000);
    EXPECT_FALSE(timeout("604801"));
    EXPECT_FALSE(timeout("18446744073709551615"));
}

TEST(CommandRequest, TextsHaveBounds) {
    const auto text = [](std::size_t size) { return "\"" + std::string(size, 'x') + "\""; };
    EXPECT_EQ(refusal(body("reason", text(192))), "");
    EXPECT_THAT(refusal(body("reason", text(193))), HasSubstr("at most 192 bytes"));
    EXPECT_EQ(refusal(body("by", text(64))), "");
    EXPECT_THAT(refusal(body("by", text(65))), HasSubstr("at most 64 bytes"));
    const auto wide = parse_command_request(R"({"reason":"für \u20ac"})", Action::drain);
    ASSERT_TRUE(wide);
    EXPECT_EQ(wide->reason, "für €");
}

TEST(CommandRequest, StopAtTheDeadlineIsNotForAPlainDrain) {
    EXPECT_THAT(refusal(R"({"on_timeout":"stop"})", Action::drain), HasSubstr("nothing to stop"));
    EXPECT_EQ(refusal(R"({"on_timeout":"stop"})", Action::stop), "");
    EXPECT_EQ(refusal(R"({"on_timeout":"stop"})", Action::restart), "");
}

TEST(CommandRequest, ForceNeedsAReason) {
    for (const Action action : actions) {
        EXPECT_THAT(refusal(R"({"force":true})", action), HasSubstr("\"reason\""));
        EXPECT_THAT(refusal(R"({"force":true,"reason":""})", action), HasSubstr("\"reason\""));
        EXPECT_THAT(refusal(R"({"reason":"  ","force":true})", action), HasSubstr("\"reason\""));
        EXPECT_EQ(refusal(R"({"force":true,"reason":"gpu on fire"})", action), "");
        EXPECT_EQ(refusal(R"({"force":false})", action), "");
    }
}

TEST(CommandRequest, BodyIsBounded) {
    const std::string fits = "{}" + std::string(16 * 1024 - 2, ' ');
    EXPECT_EQ(refusal(fits), "");
    EXPECT_THAT(refusal(fits + " "), HasSubstr("16 KiB"));
    EXPECT_THAT(refusal(std::string(16 * 1024 + 1, ' ')), HasSubstr("16 KiB"));
}

TEST(CommandRequest, RefusesWhatIsNoJsonObject) {
    for (const std::string_view text : {"null", "true", "1", "\"drain\"", "[]", "[{}]"}) {
        EXPECT_THAT(refusal(text), HasSubstr("must be a JSON object")) << text;
    }
    for (const std::string_view text :
         {"{", "}", "{}}", "{} {}", "{\"wait\"}", "{\"wait\":}", "{\"wait\":true,}", "{wait:true}",
          "{'wait':true}", "{\"wait\":NaN}", "// nothing\n{}", "\xEF\xBB\xBF{}", "wait=true",
          "{\"by\":\"\xFF\"}", "{\"by\":\"\xED\xA0\x80\"}", "{\"by\":\"\\ud800\"}",
          "{\"by\":\"a\nb\"}"}) {
        EXPECT_THAT(refusal(text), HasSubstr("not valid JSON")) << text;
    }
    EXPECT_THAT(refusal(std::string_view("{}\0", 3)), HasSubstr("not valid JSON"));
}

TEST(CommandRequest, DepthIsBounded) {
    EXPECT_THAT(refusal(body("wait", "[[[]]]")), HasSubstr("\"wait\" must be true or false"));
    EXPECT_THAT(refusal(body("wait", "[[[[]]]]")), HasSubstr("not valid JSON"));
    const std::string deep = std::string(8'000, '[') + std::string(8'000, ']');
    EXPECT_THAT(refusal(body("wait", deep)), HasSubstr("not valid JSON"));
}

}  // namespace
}  // namespace lbdrain::api
