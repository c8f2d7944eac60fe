// The shipped Lua command, called through the master socket: the only way to tell old workers.
#include "runtime_fixture.hpp"

namespace lbdrain::haproxy {
namespace {

class LuaTest : public RuntimeTest {
  protected:
    void start_with_lua() {
        change_options([](auto& options) {
            options.lua = LBDRAIN_LUA_FILE;
            // 3.1 and later want to be told, 2.6 does not know it.
            options.global =
                "    .if version_atleast(3.1-dev0)\n"
                "    tune.lua.bool-sample-conversion normal\n    .endif\n";
        });
        start();
    }
};

TEST_F(LuaTest, DrainsAServerInAnOldWorker) {
    start_with_lua();
    const auto old = haproxy.serving();
    const auto call = held_request();
    ASSERT_TRUE(haproxy.reload());
    ASSERT_TRUE(ok(runtime().set_server_state("be", "s1", ServerCommand::drain)));
    EXPECT_EQ(master().poll({"be"})->find("be", "s1")->stopping_in_rotation,
              std::vector<pid_t>{old});
    EXPECT_EQ(master().has_lua(old, "lbdrain"), true);
    ASSERT_TRUE(ok(master().call_lua(old, "lbdrain", "be", "s1", ServerCommand::drain)));
    ASSERT_TRUE(ok(master().call_lua(old, "lbdrain", "be", "s1", ServerCommand::drain)));
    const auto poll = master().poll({"be"});
    ASSERT_TRUE(ok(poll));
    EXPECT_TRUE(poll->find("be", "s1")->out_everywhere());
    EXPECT_FALSE(poll->find("be", "s2")->out_everywhere());
    release();
}

TEST_F(LuaTest, TellsWhatItRefuses) {
    start_with_lua();
    const auto live = haproxy.serving();
    const auto drain = ServerCommand::drain;
    EXPECT_EQ(master().has_lua(live, "lbdrain"), true);
    EXPECT_EQ(master().has_lua(live, "other"), false);
    EXPECT_TRUE(fails_with(ErrorCode::no_such_server,
                           master().call_lua(live, "lbdrain", "be", "s9", drain)));
    EXPECT_TRUE(fails_with(ErrorCode::no_such_backend,
                           master().call_lua(live, "lbdrain", "nope", "s1", drain)));
    EXPECT_TRUE(fails_with(ErrorCode::not_confirmed,
                           master().call_lua(live, "lbdrain", "be", "s1", drain), "Not stopping"));
    EXPECT_TRUE(
        fails_with(ErrorCode::no_such_process, master().call_lua(1, "lbdrain", "be", "s1", drain)));
    EXPECT_TRUE(fails_with(ErrorCode::no_such_process, master().has_lua(1, "lbdrain")));
}

TEST_F(LuaTest, IsMissedWhereItIsNotLoaded) {
    start();
    EXPECT_EQ(master().has_lua(haproxy.serving(), "lbdrain"), false);
    EXPECT_TRUE(fails_with(
        ErrorCode::unknown_command,
        master().call_lua(haproxy.serving(), "lbdrain", "be", "s1", ServerCommand::drain)));
}

}  // namespace
}  // namespace lbdrain::haproxy
