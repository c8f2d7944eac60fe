// Where it listens: ports of one server, IPv6, and what cannot be listened on.
#include <gtest/gtest.h>

#include "client.hpp"
#include "endpoint.hpp"
#include "ports.hpp"

namespace lbdrain::test {
namespace {

using agent_check::Listener;
using agent_check::Responder;
using agent_check::ResponderOptions;

std::string refusal(const std::vector<Listener>& listeners) {
    ResponderOptions options;
    options.listeners = listeners;
    options.table = table_of({"be/s1"});
    const auto started = Responder::start(std::move(options));
    return started ? "started" : started.error();
}

TEST(ResponderPorts, AServersOwnPortWaitsForNothing) {
    Running agent(
        {"be/s1", "be/s2"},
        {.listeners = {{"127.0.0.1:0"}, {"127.0.0.1:0", "be/s1"}, {"127.0.0.1:0", "be/s2"}}});
    agent.table->replace(0, "up ready\n");
    agent.table->replace(1, "up drain\n");
    EXPECT_EQ(check(agent.address(1)), "up ready\n");
    EXPECT_EQ(check(agent.address(2)), "up drain\n");
    EXPECT_EQ(agent.ask("be/s2"), "up drain\n");
    EXPECT_EQ(agent.table->last_fetched(1).count, 2U);
}

TEST(ResponderPorts, AServersOwnPortTakesWhatIsSaidForNothing) {
    Running agent({"be/s1"}, {.listeners = {{"127.0.0.1:0", "be/s1"}}});
    agent.table->replace(0, "up ready\n");
    for (int i = 0; i < 200; ++i) {
        ASSERT_EQ(check(agent.address(), "be/other\n"), "up ready\n");
    }
}

TEST(ResponderPorts, SpeaksIPv6) {
    Running agent({"be/s1"}, {.listeners = {{"[::1]:0"}}});
    agent.table->replace(0, "up\n");
    ASSERT_TRUE(agent.address().starts_with("[::1]:"));
    EXPECT_EQ(agent.ask("be/s1"), "up\n");
}

TEST(ResponderPorts, TakesBothFamiliesOnOnePort) {
    const auto port = std::to_string(free_port());
    Running agent({"be/s1"}, {.listeners = {{"0.0.0.0:" + port}, {"[::]:" + port}}});
    agent.table->replace(0, "up\n");
    EXPECT_EQ(check("127.0.0.1:" + port, "be/s1\n"), "up\n");
    EXPECT_EQ(check("[::1]:" + port, "be/s1\n"), "up\n");
}

TEST(ResponderPorts, SaysWhyItCannotListen) {
    const auto port = free_port();
    const auto taken = listen_on(Endpoint::tcp(port));
    const auto address = "127.0.0.1:" + std::to_string(port);
    EXPECT_EQ(refusal({{address}}),
              "cannot listen on " + address + ": the port is in use by another program");
    EXPECT_EQ(refusal({{"192.0.2.1:9707"}}),
              "cannot listen on 192.0.2.1:9707: this machine has no such address");
    EXPECT_EQ(refusal({{"localhost:9707"}}),
              "cannot listen on \"localhost:9707\": no numeric address; expected IPv4, like "
              "0.0.0.0:9707, or IPv6, like [::]:9707");
    for (const auto* wrong :
         {"", "9707", "127.0.0.1", "127.0.0.1:", "127.0.0.1:x", "127.0.0.1:70000", "127.0.0.1:-1",
          "[::1:9707", "::1:9707", "unix:/run/x.sock", "/run/x"}) {
        EXPECT_TRUE(refusal({{wrong}}).starts_with("cannot listen on \"" + std::string(wrong)))
            << refusal({{wrong}});
    }
    EXPECT_EQ(refusal({{"127.0.0.1:0", "be/s9"}}),
              "the port 127.0.0.1:0 is of a server that is not known: be/s9");
}

TEST(ResponderPorts, ListensAgainAtOnceAfterARestart) {
    const auto address = "127.0.0.1:" + std::to_string(free_port());
    for (int i = 0; i < 5; ++i) {
        Running agent({"be/s1"}, {.listeners = {{address}}});
        agent.table->replace(0, "up\n");
        ASSERT_EQ(agent.ask("be/s1"), "up\n");
    }
}

TEST(ResponderPorts, ARefusedReconfigurationChangesNothing) {
    const auto one = "127.0.0.1:" + std::to_string(free_port());
    const auto two = "127.0.0.1:" + std::to_string(free_port());
    Running agent({"be/s1"}, {.listeners = {{one}}});
    agent.table->replace(0, "up\n");
    const auto next = table_of({"be/s1"});
    EXPECT_FALSE(agent.responder->reconfigure({{two}, {"127.0.0.1"}}, next));
    EXPECT_FALSE(agent.responder->reconfigure({{two}, {two}}, next));
    EXPECT_FALSE(agent.responder->reconfigure({{two, "be/s9"}}, next));
    EXPECT_FALSE(agent.responder->reconfigure({{two}}, nullptr));
    EXPECT_EQ(check(one, "be/s1\n"), "up\n");
    EXPECT_FALSE(CheckClient(two).connected());
}

TEST(ResponderPorts, ReconfigurationOpensAndClosesPorts) {
    const auto one = "127.0.0.1:" + std::to_string(free_port());
    const auto two = "127.0.0.1:" + std::to_string(free_port());
    Running agent({"be/s1"}, {.listeners = {{one}}});
    const auto next = table_of({"be/s2"});
    next->replace(0, "up drain\n");
    ASSERT_TRUE(agent.responder->reconfigure({{two, "be/s2"}}, next));
    EXPECT_EQ(check(two), "up drain\n");
    EXPECT_FALSE(CheckClient(one).connected());
    // The same port may change its kind.
    ASSERT_TRUE(agent.responder->reconfigure({{two}}, next));
    EXPECT_EQ(check(two, "be/s2\n"), "up drain\n");
}

}  // namespace
}  // namespace lbdrain::test
