// Our responder and a real HAProxy: both kinds of ports, and a responder that is silent or gone.
#include <gtest/gtest.h>
#include <sys/socket.h>

#include <optional>

#include "checked_server.hpp"
#include "endpoint.hpp"

namespace lbdrain::test {
namespace {

using ResponderHaproxy = CheckedServer;

TEST_F(ResponderHaproxy, OnePortServesManyServers) {
    ASSERT_TRUE(start("127.0.0.1:9" + asks_by_name("be/s1") + "\n    server s2 127.0.0.1:9" +
                      asks_by_name("be/s2")));
    ASSERT_TRUE(say("up 75%\n", "be/s1"));
    ASSERT_TRUE(say("up drain\n", "be/s2"));
    EXPECT_EQ(view("s1").admin, 0);
    EXPECT_EQ(view("s1").weight, 75);
    EXPECT_EQ(view("s1").agent, "L7OK");
    EXPECT_EQ(view("s2").admin, admin_drain);
    EXPECT_EQ(view("s2").agent, "L7OK");
    ASSERT_TRUE(say("up ready 100%\n", "be/s2"));
    EXPECT_EQ(view("s2").admin, 0);
    EXPECT_EQ(agent.responder->stats().unknown, 0U);
}

TEST_F(ResponderHaproxy, EachServerHasAPort) {
    ASSERT_TRUE(agent.responder->reconfigure({{"127.0.0.1:0", "be/s1"}, {"127.0.0.1:0", "be/s2"}},
                                             agent.table));
    ASSERT_TRUE(start("127.0.0.1:9" + asks(port_of(agent.address(0)), "") +
                      // Some have agent-send in their defaults; a port of one server takes it too.
                      "\n    server s2 127.0.0.1:9" +
                      asks(port_of(agent.address(1)), "agent-send \"be/other\\n\"")));
    ASSERT_TRUE(say("up drain\n", "be/s1"));
    ASSERT_TRUE(say("up maint\n", "be/s2"));
    EXPECT_EQ(view("s1").admin, admin_drain);
    EXPECT_EQ(view("s2").admin, admin_maint);
    for (int i = 0; i < 20; ++i) {
        ASSERT_TRUE(digested("be/s2"));
        ASSERT_EQ(view("s1").agent, "L7OK");
        ASSERT_EQ(view("s2").agent, "L7OK");
    }
}

TEST_F(ResponderHaproxy, AnUnknownNameChangesNothing) {
    ASSERT_TRUE(start("127.0.0.1:9" + asks_by_name("be/unknown")));
    ASSERT_TRUE(command("set server be/s1 state drain"));
    ASSERT_TRUE(eventually(long_enough, [&] { return agent.responder->stats().unknown >= 3; }));
    EXPECT_EQ(view().admin, admin_drain);
    EXPECT_EQ(view().op, op_running);
}

TEST_F(ResponderHaproxy, AnAgentSendWithoutNewlineChangesNothing) {
    ASSERT_TRUE(start("127.0.0.1:9" + asks(port_of(agent.address()), "agent-send \"be/s1\"")));
    agent.table->replace(0, "up drain\n");
    EXPECT_TRUE(becomes([](const ServerView& seen) { return seen.agent == "L7TOUT"; }));
    EXPECT_EQ(view().admin, 0);
}

TEST_F(ResponderHaproxy, WhenItIsGoneNothingChanges) {
    ASSERT_TRUE(start());
    for (const auto& [line, admin] :
         {std::pair{"up drain\n", admin_drain}, std::pair{"up maint\n", admin_maint},
          std::pair{"up ready 40%\n", 0}}) {
        ASSERT_TRUE(say(line));
        const auto address = agent.address();
        agent.responder.reset();
        ASSERT_TRUE(becomes([](const ServerView& seen) { return seen.agent == "L4CON"; }));
        EXPECT_EQ(view().admin, admin);
        EXPECT_EQ(view().weight, admin == 0 ? 40 : 100);
        agent_check::ResponderOptions options;
        options.listeners = {{address}};
        options.table = agent.table;
        agent.responder = agent_check::Responder::start(std::move(options)).value();
    }
    // It comes back and goes on where it stood.
    ASSERT_TRUE(say("up drain\n"));
    EXPECT_EQ(view().admin, admin_drain);
}

TEST_F(ResponderHaproxy, WhenItIsSilentNothingChanges) {
    ASSERT_TRUE(start());
    ASSERT_TRUE(say("up drain\n"));
    const auto address = agent.address();
    agent.responder.reset();
    // Stopped, not ended: the kernel still takes connections for it.
    const auto silent =
        listen_on(Endpoint::tcp(static_cast<std::uint16_t>(std::stoi(port_of(address)))));
    ASSERT_TRUE(silent);
    EXPECT_TRUE(becomes([](const ServerView& seen) { return seen.agent == "L7TOUT"; }));
    EXPECT_EQ(view().admin, admin_drain);
    EXPECT_EQ(view().op, op_running);
}

TEST_F(ResponderHaproxy, ADrainIsConfirmedByItsVersion) {
    ASSERT_TRUE(start());
    const auto version = agent.table->replace(0, "up drain\n");
    ASSERT_TRUE(
        eventually(long_enough, [&] { return agent.table->last_fetched(0).version == version; }));
    EXPECT_TRUE(becomes_admin(admin_drain));
}

}  // namespace
}  // namespace lbdrain::test
