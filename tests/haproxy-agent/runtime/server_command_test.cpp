#include "runtime/server_command.hpp"

#include <gtest/gtest.h>

namespace lbdrain::haproxy {
namespace {

class ServerCommandTest : public testing::Test {
  protected:
    static std::string answers(const std::string& to_set, int bits) {
        return "Pid: 7\nStopping: 0\n\n" + to_set +
               "1\n# be_id be_name srv_id srv_name srv_addr srv_op_state srv_admin_state "
               "srv_uweight srv_iweight srv_time_since_last_change srv_check_status "
               "srv_check_result srv_check_health srv_check_state srv_agent_state bk_f_forced_id "
               "srv_f_forced_id srv_fqdn srv_port srvrecord srv_use_ssl srv_check_port "
               "srv_check_addr srv_agent_addr srv_agent_port\n3 be 1 s1 127.0.0.1 2 " +
               std::to_string(bits) + " 1 1 3 1 0 2 0 0 0 0 - 18081 - 0 0 - - 0\n\n";
    }
    static std::optional<ErrorCode> code(const std::string& text,
                                         ServerCommand command = ServerCommand::drain) {
        const auto read = read_state_confirmation(text, "be", "s1", command, "line");
        return read ? std::optional<ErrorCode>() : read.error().code;
    }
};

TEST_F(ServerCommandTest, AsksBeforeAndAfter) {
    EXPECT_EQ(state_line("", "be", "s1", ServerCommand::drain),
              "show info;set server be/s1 state drain;show servers state be");
    EXPECT_EQ(state_line("@!7 ", "be", "s1", ServerCommand::ready),
              "@!7 show info;@!7 set server be/s1 state ready;@!7 show servers state be");
    EXPECT_EQ(weight_line("", "be", "s1", 50),
              "show info;set weight be/s1 50%;show servers state be");
    EXPECT_EQ(lua_line("@!7 ", "lbdrain", "be", "s1", ServerCommand::maint),
              "@!7 lbdrain be/s1 maint");
}

TEST_F(ServerCommandTest, TheBitsHaveToAgree) {
    EXPECT_EQ(code(answers("\n", 8)), std::nullopt);
    EXPECT_EQ(code(answers("\n", 1), ServerCommand::maint), std::nullopt);
    EXPECT_EQ(code(answers("\n", 1 | 4), ServerCommand::maint), std::nullopt);
    EXPECT_EQ(code(answers("\n", 0), ServerCommand::ready), std::nullopt);
    EXPECT_EQ(code(answers("\n", 32), ServerCommand::ready), std::nullopt);
    EXPECT_EQ(code(answers("\n", 0)), ErrorCode::not_confirmed);
    EXPECT_EQ(code(answers("\n", 1)), ErrorCode::not_confirmed);
    EXPECT_EQ(code(answers("\n", 8), ServerCommand::ready), ErrorCode::not_confirmed);
    const auto read =
        read_state_confirmation(answers("\n", 8), "be", "s1", ServerCommand::drain, "line");
    ASSERT_TRUE(read);
    EXPECT_EQ(read->pid, 7);
    EXPECT_FALSE(read->stopping);
    EXPECT_EQ(read->state.srv_admin_state, 8U);
}

TEST_F(ServerCommandTest, EveryRefusalAndEveryCutIsAnError) {
    EXPECT_EQ(code(answers("No such server.\n\n", 8)), ErrorCode::no_such_server);
    EXPECT_EQ(code(answers("Proxy is disabled.\n\n", 8)), ErrorCode::proxy_disabled);
    EXPECT_EQ(code(answers("Trailing garbage in weight string\n", 8)), ErrorCode::bad_value);
    EXPECT_EQ(code(answers("Something new.\n\n", 8)), ErrorCode::refused_command);
    EXPECT_EQ(code(answers("", 8)), ErrorCode::refused_command);
    EXPECT_EQ(code("Can't find the target PID matching the prefix '@!7'\n"),
              ErrorCode::no_such_process);
    const auto whole = answers("\n", 8);
    for (std::size_t size = 0; size < whole.size(); ++size) {
        EXPECT_NE(code(whole.substr(0, size)), std::nullopt) << size;
    }
    auto other = answers("\n", 8);
    other.replace(other.find(" s1 "), 4, " s2 ");
    EXPECT_EQ(code(other), ErrorCode::no_such_server);
}

TEST_F(ServerCommandTest, OnlyOkIsYes) {
    EXPECT_TRUE(read_lua_answer("OK be/s1 drain\n\n", "line"));
    EXPECT_EQ(read_lua_answer("No such server.\n\n", "line").error().code,
              ErrorCode::no_such_server);
    EXPECT_EQ(read_lua_answer("Unknown command: 'lbdrain', but", "line").error().code,
              ErrorCode::unknown_command);
    EXPECT_EQ(read_lua_answer("\n", "line").error().code, ErrorCode::not_confirmed);
    EXPECT_EQ(read_lua_answer("Not stopping\n\n", "line").error().code, ErrorCode::not_confirmed);
    EXPECT_EQ(read_lua_version("OK lbdrain 1 live\n\n", "line"), true);
    EXPECT_EQ(read_lua_version("Unknown command, but maybe\n", "line"), false);
    EXPECT_EQ(read_lua_version("OK lbdrain 2 live\n\n", "line").error().code,
              ErrorCode::not_confirmed);
    EXPECT_EQ(read_lua_version("OK\n", "line").error().code, ErrorCode::not_confirmed);
    EXPECT_EQ(read_lua_version("Permission denied\n", "line").error().code,
              ErrorCode::permission_denied);
}

}  // namespace
}  // namespace lbdrain::haproxy
