// What is asked in a poll, and how the answers find back to their questions.
#include "runtime/poll_lines.hpp"

#include <gtest/gtest.h>

#include <algorithm>

#include "runtime/cli_connection.hpp"
#include "runtime/worker_view.hpp"

namespace lbdrain::haproxy {
namespace {

TEST(PollLines, AskEachWorkerEverythingAndTheMasterLast) {
    const auto lines = poll_lines({7, 8}, worker_questions({"be"}, StatScope::backend));
    ASSERT_EQ(lines.size(), 1U);
    EXPECT_EQ(lines[0].text,
              "@!7 show info;@!7 show stat be 4 -1;@!7 show servers state be;"
              "@!8 show info;@!8 show stat be 4 -1;@!8 show servers state be;show proc");
    EXPECT_EQ(lines[0].asked, (std::vector<pid_t>{7, 7, 7, 8, 8, 8, 0}));
    EXPECT_EQ(worker_questions({"a", "b"}, StatScope::everything),
              (std::vector<std::string>{"show info", "show stat -1 4 -1", "show servers state a",
                                        "show servers state b"}));
    EXPECT_EQ(poll_lines({}, {"show info"}).at(0).text, "show proc");
}

TEST(PollLines, FitHaproxysBuffer) {
    std::vector<std::string> backends;
    for (int i = 0; i < 400; ++i) {
        backends.push_back("backend-with-a-long-name-" + std::to_string(i));
    }
    const auto questions = worker_questions(backends, StatScope::backend);
    const auto lines = poll_lines({1234567, 1234568}, questions);
    EXPECT_GT(lines.size(), 2U);
    std::size_t asked = 0;
    for (const auto& line : lines) {
        EXPECT_LE(line.text.size(), longest_line);
        EXPECT_EQ(std::ranges::count(line.text, ';') + 1,
                  static_cast<std::ptrdiff_t>(line.asked.size()));
        asked += line.asked.size();
    }
    EXPECT_EQ(asked, 2 * questions.size() + 1);
    EXPECT_TRUE(lines.back().text.ends_with("show proc"));
}

TEST(PollLines, EveryQuestionNeedsItsAnswer) {
    const PollLine line{"a;b;c", {7, 7, 0}};
    const auto whole = read_line("1\n\n2\n\n3\n\n", line);
    ASSERT_TRUE(whole);
    ASSERT_EQ(whole->size(), 3U);
    EXPECT_EQ(whole->at(1).text, "2\n");
    EXPECT_EQ(read_line("1\n\n2\n\n", line).error().code, ErrorCode::closed_early);
    EXPECT_EQ(read_line("1\n\n2\n\n3\n\n4\n\n", line).error().code, ErrorCode::closed_early);
    EXPECT_EQ(read_line("", line).error().code, ErrorCode::closed_early);
    EXPECT_EQ(
        read_line("1\n\nCan't find the target PID matching the prefix '@!7'\n", line).error().code,
        ErrorCode::no_such_process);
    EXPECT_FALSE(read_line("1\n\n2\n\n3\n", line)->at(2).ended);
}

TEST(PollLines, TellWhoOwesAnAnswer) {
    const PollLine line{"a;b;c", {7, 8, 0}};
    EXPECT_EQ(owing("", line), "worker 7");
    EXPECT_EQ(owing("1\n\n", line), "worker 8");
    EXPECT_EQ(owing("1\n\n2", line), "worker 8");
    EXPECT_EQ(owing("1\n\n2\n\n", line), "the master");
    EXPECT_EQ(owing("1\n\n2\n\n3\n\n", line), "the master");
}

class WorkerViewTest : public testing::Test {
  protected:
    static std::string state_of(const std::string& server) {
        return "1\n# be_id be_name srv_id srv_name srv_addr srv_op_state srv_admin_state "
               "srv_uweight srv_iweight srv_time_since_last_change srv_check_status "
               "srv_check_result srv_check_health srv_check_state srv_agent_state bk_f_forced_id "
               "srv_f_forced_id srv_fqdn srv_port srvrecord srv_use_ssl srv_check_port "
               "srv_check_addr srv_agent_addr srv_agent_port\n3 be 1 " +
               server + " 127.0.0.1 2 0 1 1 3 1 0 2 0 0 0 0 - 18081 - 0 0 - - 0\n";
    }
    static std::string stat_of_server(const std::string& backend, const std::string& server) {
        return "# pxname,svname,qcur,scur,status,weight,type\n" + backend + "," + server +
               ",1,2,UP,1,2\n";
    }

    const std::string info = "Pid: 7\nStopping: 0\n";
    const std::vector<std::string> backends{"be"};
};

TEST_F(WorkerViewTest, PutsStateAndFiguresTogether) {
    const auto stat = stat_of_server("be", "s1");
    const auto state = state_of("s1");
    const auto view =
        read_worker({{info, true}, {stat, true}, {state, true}}, backends, StatScope::backend);
    ASSERT_TRUE(view) << view.error().message;
    EXPECT_EQ(view->info.pid, 7);
    ASSERT_EQ(view->backends.size(), 1U);
    EXPECT_TRUE(view->backends[0].known);
    ASSERT_NE(stat_of(view->backends[0], 0), nullptr);
    EXPECT_EQ(stat_of(view->backends[0], 0)->in_flight(), 3U);
    EXPECT_TRUE(is_complete(*view));
}

// `show stat NAME` takes a number for a proxy's id, and a frontend of that name for the backend.
TEST_F(WorkerViewTest, RowsOfAnotherProxyAreNotTheServers) {
    const auto state = state_of("s1");
    for (const auto& stat : {stat_of_server("other", "s1"), stat_of_server("be", "s2"),
                             std::string("# pxname,svname,qcur,scur,status,weight,type\n")}) {
        const auto view =
            read_worker({{info, true}, {stat, true}, {state, true}}, backends, StatScope::backend);
        ASSERT_TRUE(view) << view.error().message;
        EXPECT_FALSE(is_complete(*view)) << stat;
    }
    const std::string none = "No such proxy.\n";
    const auto view =
        read_worker({{info, true}, {none, true}, {state, true}}, backends, StatScope::backend);
    ASSERT_TRUE(view) << view.error().message;
    EXPECT_FALSE(is_complete(*view));
}

TEST_F(WorkerViewTest, AnUnknownBackendIsNoError) {
    const std::string no_proxy = "No such proxy.\n";
    const std::string no_backend = "Can't find backend.\n";
    const auto view = read_worker({{info, true}, {no_proxy, true}, {no_backend, true}}, backends,
                                  StatScope::backend);
    ASSERT_TRUE(view) << view.error().message;
    EXPECT_FALSE(view->backends.at(0).known);
    EXPECT_TRUE(is_complete(*view));
}

TEST_F(WorkerViewTest, WhatIsCutOrRefusedIsAnError) {
    const auto stat = stat_of_server("be", "s1");
    const auto state = state_of("s1");
    const std::string denied = "Permission denied\n";
    const auto code = [&](const std::vector<Reply>& replies) {
        const auto view = read_worker(replies, backends, StatScope::backend);
        return view ? std::optional<ErrorCode>() : view.error().code;
    };
    EXPECT_EQ(code({{info, false}, {stat, true}, {state, true}}), ErrorCode::closed_early);
    EXPECT_EQ(code({{info, true}, {stat, false}, {state, true}}), ErrorCode::closed_early);
    EXPECT_EQ(code({{info, true}, {stat, true}, {state, false}}), ErrorCode::closed_early);
    EXPECT_EQ(code({{info, true}, {stat, true}}), ErrorCode::closed_early);
    EXPECT_EQ(code({{info, true}, {state, true}, {stat, true}}), ErrorCode::bad_reply);
    EXPECT_EQ(code({{denied, true}, {stat, true}, {state, true}}), ErrorCode::permission_denied);
    EXPECT_EQ(code({{info, true}, {denied, true}, {state, true}}), ErrorCode::permission_denied);
    EXPECT_EQ(code({{info, true}, {stat, true}, {denied, true}}), ErrorCode::permission_denied);
}

}  // namespace
}  // namespace lbdrain::haproxy
