// What a real HAProxy makes of every kind of reply: the ground that answer.hpp stands on. One case
// a reply; each begins in the state that the reply `before` it brought about.
#include <gtest/gtest.h>

#include "haproxy_cli.hpp"
#include "raw_agent.hpp"
#include "server_view.hpp"

namespace lbdrain::test {
namespace {

using namespace std::string_literals;
using Manner = RawAgent::Manner;

struct Expected {
    int admin = 0;
    int op = op_running;
    int weight = 100;
    std::string agent = "L7OK";  // agent_status; empty: any
    std::string last = {};       // part of last_agt
    std::string limit = {};      // maxconn
};

struct Reply {
    const char* name;
    std::string bytes;
    Expected expected;
    Manner manner = Manner::close;
    std::string before = "up\n";  // brought about first; the same `up` is the rest state
};

void PrintTo(const Reply& reply, std::ostream* out) {
    *out << reply.name;
}

const Expected no_change{.agent = ""};
const Expected drained{.admin = admin_drain, .agent = ""};
const Expected in_maint{.admin = admin_maint, .op = op_stopped, .agent = ""};
const Expected is_down{.op = op_stopped, .agent = "L7STS"};

const std::vector<Reply> replies{
    // Health.
    {"Up", "up\n", {}, Manner::close, "down\n"},
    {"UpperCase", "UP\n", {}, Manner::close, "down\n"},
    {"Down", "down\n", is_down},
    {"Stopped", "stopped\n", is_down},
    {"Fail", "fail\n", is_down},
    {"StopIsNoWord", "stop\n", {.agent = "", .last = "stop"}},
    {"OnlyUpEndsDown", "ready 100%\n", {.op = op_stopped, .agent = ""}, Manner::close, "down\n"},
    // Admin words.
    {"Drain", "drain\n", drained},
    {"Maint", "maint\n", in_maint},
    {"ReadyEndsDrain", "ready\n", no_change, Manner::close, "drain\n"},
    {"ReadyEndsMaint", "ready\n", no_change, Manner::close, "maint\n"},
    {"UpDoesNotEndDrain", "up 100%\n", drained, Manner::close, "drain\n"},
    {"UpDoesNotEndMaint", "up 100%\n", in_maint, Manner::close, "maint\n"},
    {"MaintEndsDrain", "maint\n", in_maint, Manner::close, "drain\n"},
    {"DrainEndsMaint", "drain\n", drained, Manner::close, "maint\n"},
    {"LastAdminWordWins", "maint ready\n", no_change},
    {"LastAdminWordWinsToo", "ready maint\n", in_maint},
    // Weight and connections.
    {"Percent", "75%\n", {.weight = 75, .agent = ""}},
    {"ZeroPercentIsUpWithoutWeight", "0%\n", {.weight = 0, .agent = ""}},
    {"MorePercent", "150%\n", {.weight = 150, .agent = ""}},
    {"PercentEndsAt256", "300%\n", {.weight = 256, .agent = ""}},
    {"NumberIsNoWord", "50\n", {.agent = "", .last = "50"}},
    {"NegativePercent", "-5%\n", {.agent = "", .last = "-5%"}},
    {"BrokenPercent", "50.5%\n", no_change},
    {"Maxconn", "maxconn:10\n", {.agent = "", .limit = "10"}},
    {"MaxconnZero", "maxconn:0\n", {.agent = "", .limit = ""}, Manner::close, "maxconn:10\n"},
    {"MaxconnNegative", "maxconn:-1\n", {.agent = "", .limit = "4294967295"}},
    // The line.
    {"NoNewline", "drain", {.agent = "", .last = "incomplete line"}},
    {"NoNewlineKeptOpen", "drain", {.agent = "L7TOUT"}, Manner::keep_open},
    {"ByteByByte", "drain\n", drained, Manner::byte_by_byte},
    {"CarriageReturn", "drain\r\n", drained},
    {"NulIsNoEnd", "drain\0up\n"s, {.agent = "", .last = "incomplete line"}},
    {"OnlyTheFirstLine", "up\ndrain\n", {}},
    {"Commas",
     "up,drain,50%,maxconn:5\n",
     {.admin = admin_drain, .weight = 50, .agent = "", .limit = "5"}},
    {"Tabs", "up\tdrain\n", drained},
    {"ManyBlanks", std::string(15000, ' ') + "drain\n", drained},
    {"TooLong", std::string(20000, 'x'), {.agent = "", .last = ""}},
    // Nothing at all.
    {"Nothing", "", {.agent = "L7RSP"}},
    {"Reset", "", no_change, Manner::reset},
    {"Silence", "", {.agent = "L7TOUT"}, Manner::keep_open},
    {"NoOpinion", "\n", no_change},
    {"NoOpinionInDrain", "\n", drained, Manner::close, "drain\n"},
    {"NoOpinionInMaint", "\n", in_maint, Manner::close, "maint\n"},
    {"NoOpinionWhenDown", "\n", {.op = op_stopped, .agent = ""}, Manner::close, "down\n"},
    // Words that are none.
    {"Garbage", "garbage\n", {.agent = "", .last = "garbage"}},
    {"DrainAndGarbage", "drain garbage\n", {.admin = admin_drain, .agent = "", .last = "garbage"}},
    {"Http", "HTTP/1.0 200 OK\r\n\r\nup\n", {.agent = "", .last = "HTTP/1.0"}},
    {"Nolb", "nolb\n", {.agent = "", .last = "nolb"}},
    {"Quotes", "\"drain\"\n", {.agent = "", .last = "drain"}},
    {"Semicolon", "up;drain\n", {.agent = "", .last = "up;drain"}},
    {"ByteOrderMark",
     "\xEF\xBB\xBF"
     "drain up\n",
     {.agent = ""}},
    // Reasons.
    {"DownWithReason", "down #planned\n", {.op = op_stopped, .agent = "L7STS", .last = "planned"}},
    {"ReasonNeedsABlank", "down#planned\n", {.agent = "", .last = "down#planned"}},
    {"ReasonNeedsABlankToo", "stopped#x\n", {.agent = "", .last = "stopped#x"}},
    {"DrainDropsItsReason", "drain #why\n", drained},
    // What answer.hpp says, as it says it.
    {"UpReady", "up ready 100%\n", {}, Manner::close, "down drain 10%\n"},
    {"UpDrain", "up drain\n", {.admin = admin_drain}},
    {"UpMaint", "up maint\n", {.admin = admin_maint, .op = op_stopped, .agent = ""}},
    {"UpPercent", "up 40%\n", {.weight = 40}},
};

class Grammar : public testing::TestWithParam<Reply> {
  protected:
    HaproxyOptions options() const {
        HaproxyOptions result;
        result.mode = HaproxyMode::single;
        // The agent's own time is what a reply that never ends waits for: short, for the tests'.
        result.proxies =
            "backend be\n    server s1 127.0.0.1:9 weight 100 agent-check agent-addr 127.0.0.1 "
            "agent-port " +
            std::to_string(agent.port()) + " agent-inter 100ms agent-send \"be/s1\\n\"\n";
        result.defaults = "    timeout check 1s\n";
        return result;
    }

    std::string why_not(const Expected& expected) const {
        const auto view = view_of(haproxy, "be", "s1");
        if (!view) {
            return "HAProxy does not say";
        }
        const bool same = view->admin == expected.admin && view->op == expected.op &&
                          view->weight == expected.weight && view->limit == expected.limit &&
                          (expected.agent.empty() || view->agent == expected.agent) &&
                          view->last.find(expected.last) != std::string::npos;
        return same ? "" : testing::PrintToString(*view);
    }

    // Until HAProxy has dealt with the reply: it asks for the second time.
    testing::AssertionResult bring_about(const std::string& bytes, Manner manner) {
        agent.reply(bytes, manner);
        return eventually(long_enough, [&] { return agent.given() >= 2; })
                   ? testing::AssertionSuccess()
                   : testing::AssertionFailure() << "HAProxy does not ask\n"
                                                 << haproxy.log();
    }

    RawAgent agent;
    Haproxy haproxy{options()};
};

INSTANTIATE_TEST_SUITE_P(, Grammar, testing::ValuesIn(replies),
                         [](const auto& reply) { return std::string(reply.param.name); });

TEST_P(Grammar, IsWhatHAProxyMakesOfIt) {
    const Reply& reply = GetParam();
    ASSERT_TRUE(haproxy.start());
    ASSERT_TRUE(bring_about(reply.before, Manner::close));
    ASSERT_TRUE(bring_about(reply.bytes, reply.manner));
    // What it wrote about a late reply of the agent may be overtaken for one interval.
    std::string why;
    EXPECT_TRUE(eventually(Millis{5000}, [&] {
        why = why_not(reply.expected);
        return why.empty();
    })) << why;
}

TEST(GrammarVersion, WeightIsAWordOnlySince3_1) {
    RawAgent agent;
    HaproxyOptions options;
    options.mode = HaproxyMode::single;
    options.proxies =
        "backend be\n    server s1 127.0.0.1:9 weight 100 agent-check agent-addr 127.0.0.1 "
        "agent-port " +
        std::to_string(agent.port()) + " agent-inter 100ms agent-send \"be/s1\\n\"\n";
    Haproxy haproxy(options);
    ASSERT_TRUE(haproxy.start());
    const auto version = info_field(haproxy.cli("show info").value_or(""), "Version");
    const bool known = std::stod(version) >= 3.1;
    agent.reply("weight:30\n");
    ASSERT_TRUE(eventually(long_enough, [&] { return agent.given() >= 2; }));
    EXPECT_EQ(view_of(haproxy, "be", "s1")->weight, known ? 30 : 100) << version;
}

}  // namespace
}  // namespace lbdrain::test
