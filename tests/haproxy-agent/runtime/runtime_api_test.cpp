// Commands through the stats socket of a real HAProxy.
#include "runtime_fixture.hpp"

namespace lbdrain::haproxy {
namespace {

class RuntimeApiTest : public RuntimeTest {};

TEST_F(RuntimeApiTest, SetsStatesAndProvesIt) {
    start();
    const auto api = runtime();
    const std::pair<ServerCommand, std::uint32_t> steps[] = {{ServerCommand::drain, admin::fdrain},
                                                             {ServerCommand::maint, admin::fmaint},
                                                             {ServerCommand::drain, admin::fdrain},
                                                             {ServerCommand::ready, 0}};
    for (const auto& [command, bits] : steps) {
        const auto confirmed = api.set_server_state("be", "s1", command);
        ASSERT_TRUE(ok(confirmed));
        EXPECT_EQ(confirmed->pid, haproxy.serving());
        EXPECT_FALSE(confirmed->stopping);
        EXPECT_EQ(confirmed->state.srv_admin_state, bits);
        EXPECT_EQ(confirmed->state.srv_name, "s1");
        const auto states = api.servers_state("be");
        ASSERT_TRUE(ok(states));
        EXPECT_EQ(find_server(*states, "be", "s1")->srv_admin_state, bits);
        EXPECT_EQ(find_server(*states, "be", "s2")->srv_admin_state, 0U);
        // Again: every command may be repeated.
        EXPECT_TRUE(ok(api.set_server_state("be", "s1", command)));
    }
}

TEST_F(RuntimeApiTest, ADrainedServerGetsNothingNew) {
    start();
    ASSERT_TRUE(ok(runtime().set_server_state("be", "s1", ServerCommand::drain)));
    for (int i = 0; i < 4; ++i) {
        EXPECT_EQ(client.get("/").header("X-Replica"), "b");
    }
    ASSERT_TRUE(ok(runtime().set_server_state("be", "s1", ServerCommand::ready)));
    EXPECT_NE(client.get("/").header("X-Replica"), client.get("/").header("X-Replica"));
}

TEST_F(RuntimeApiTest, SetsWeightsInPercent) {
    start();
    const auto half = runtime().set_weight_percent("be", "s1", 50);
    ASSERT_TRUE(ok(half));
    EXPECT_EQ(half->state.srv_uweight, 50U);
    EXPECT_EQ(half->state.srv_iweight, 100U);
    EXPECT_EQ(runtime().set_weight_percent("be", "s1", 0)->state.srv_uweight, 0U);
    EXPECT_EQ(runtime().set_weight_percent("be", "s1", 100)->state.srv_uweight, 100U);
    EXPECT_TRUE(fails_with(ErrorCode::bad_value, runtime().set_weight_percent("be", "s1", 101)));
    EXPECT_TRUE(fails_with(ErrorCode::no_such_server, runtime().set_weight_percent("be", "s9", 1)));
}

TEST_F(RuntimeApiTest, AStaticAlgorithmTakesAllOrNothing) {
    haproxy.set_proxies(front("be") + "backend be\n    balance static-rr\n    server s1 " +
                        a.address() + " weight 100\n");
    start();
    EXPECT_TRUE(fails_with(ErrorCode::bad_value, runtime().set_weight_percent("be", "s1", 50)));
    EXPECT_TRUE(ok(runtime().set_weight_percent("be", "s1", 0)));
}

TEST_F(RuntimeApiTest, HalfOfAWeightOfOneIsNothing) {
    haproxy.set_proxies(front("be") + "backend be\n    server s1 " + a.address() + " weight 1\n");
    start();
    EXPECT_EQ(runtime().set_weight_percent("be", "s1", 50)->state.srv_uweight, 0U);
}

TEST_F(RuntimeApiTest, TellsWhatHaproxyRefuses) {
    start();
    const auto drain = ServerCommand::drain;
    EXPECT_TRUE(fails_with(ErrorCode::no_such_server, runtime().set_server_state("be", "s9", drain),
                           "be/s9"));
    EXPECT_TRUE(fails_with(ErrorCode::no_such_backend,
                           runtime().set_server_state("nope", "s1", drain), "nope"));
    EXPECT_TRUE(fails_with(ErrorCode::no_such_backend, runtime().servers_state("nope")));
    EXPECT_TRUE(fails_with(ErrorCode::no_such_proxy, runtime().stat("nope")));
}

TEST_F(RuntimeApiTest, NoNameEndsACommand) {
    start();
    for (const auto* name : {"s1;set", "s1\nset server be/s2 state maint", "s1 ", "", "be/s1"}) {
        EXPECT_TRUE(fails_with(ErrorCode::bad_name,
                               runtime().set_server_state("be", name, ServerCommand::maint)));
        EXPECT_TRUE(fails_with(ErrorCode::bad_name,
                               runtime().set_server_state(name, "s1", ServerCommand::maint)));
        EXPECT_TRUE(fails_with(ErrorCode::bad_name, runtime().set_weight_percent(name, "s1", 1)));
        EXPECT_TRUE(fails_with(ErrorCode::bad_name, runtime().servers_state(name)));
        EXPECT_TRUE(fails_with(ErrorCode::bad_name, runtime().stat(name)));
        EXPECT_TRUE(fails_with(ErrorCode::bad_name, master().poll({"be", name})));
        EXPECT_TRUE(fails_with(ErrorCode::bad_name,
                               master().set_server_state(1, name, "s1", ServerCommand::maint)));
        EXPECT_TRUE(fails_with(ErrorCode::bad_name,
                               master().call_lua(1, name, "be", "s1", ServerCommand::maint)));
        EXPECT_TRUE(fails_with(ErrorCode::bad_name,
                               master().call_lua(1, "x", "be", name, ServerCommand::maint)));
        EXPECT_TRUE(fails_with(ErrorCode::bad_name, master().has_lua(1, name)));
    }
    const auto states = runtime().servers_state("be");
    ASSERT_TRUE(ok(states));
    for (const auto& state : *states) {
        EXPECT_EQ(state.srv_admin_state, 0U);
    }
}

TEST_F(RuntimeApiTest, ALevelTooLowIsTold) {
    change_options([](auto& options) { options.stats_level = "user"; });
    start();
    EXPECT_TRUE(ok(runtime().info()));
    EXPECT_TRUE(ok(runtime().servers_state("be")));
    EXPECT_TRUE(ok(runtime().stat("be")));
    EXPECT_TRUE(fails_with(ErrorCode::permission_denied,
                           runtime().set_server_state("be", "s1", ServerCommand::drain),
                           "level admin"));
    EXPECT_TRUE(
        fails_with(ErrorCode::permission_denied, runtime().set_weight_percent("be", "s1", 50)));
}

TEST_F(RuntimeApiTest, ReadsInfoAndStatesOfUnusualServers) {
    haproxy.set_proxies(front("be") + backend("be") +
                        "    server u1 unix@@DIR@/u.sock\n    server off 127.0.0.1:1 disabled\n"
                        "    server agent 127.0.0.1:1 agent-check agent-port 1 agent-inter 60s\n");
    start();
    const auto info = runtime().info();
    ASSERT_TRUE(ok(info));
    EXPECT_EQ(info->pid, haproxy.serving());
    EXPECT_FALSE(info->stopping);
    EXPECT_FALSE(info->version.empty());
    EXPECT_FALSE(info->node.empty());
    const auto states = runtime().servers_state("be");
    ASSERT_TRUE(ok(states));
    ASSERT_EQ(states->size(), 5U);
    const auto* s1 = find_server(*states, "be", "s1");
    EXPECT_EQ(s1->srv_port, a.port());
    EXPECT_EQ(s1->srv_addr, "127.0.0.1");
    EXPECT_EQ(s1->srv_iweight, 100U);
    EXPECT_EQ(find_server(*states, "be", "u1")->srv_addr, "-");
    EXPECT_EQ(find_server(*states, "be", "off")->srv_admin_state, admin::fmaint | admin::cmaint);
    EXPECT_NE(find_server(*states, "be", "agent")->srv_agent_state, 0);
    const auto stat = runtime().stat("be");
    ASSERT_TRUE(ok(stat));
    EXPECT_EQ(stat->servers.size(), 5U);
    EXPECT_EQ(stat->find("be", "off")->status, "MAINT");
}

TEST_F(RuntimeApiTest, WorksOverTcp) {
    const auto tcp_port = test::free_port();
    change_options([&](auto& options) {
        options.global =
            "    stats socket ipv4@127.0.0.1:" + std::to_string(tcp_port) + " level admin\n";
    });
    start();
    const RuntimeApi api({{}, "127.0.0.1", tcp_port}, generous);
    EXPECT_EQ(api.info()->pid, haproxy.serving());
    EXPECT_TRUE(ok(api.set_server_state("be", "s1", ServerCommand::drain)));
}

}  // namespace
}  // namespace lbdrain::haproxy
