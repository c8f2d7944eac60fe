// Defaults, inheritance, and what is allowed though it looks odd.
#include <gtest/gtest.h>

#include "mistake.hpp"

namespace lbdrain::agent::test {
namespace {

AgentConfig parse(std::string_view where, std::string_view snippet) {
    const auto config = parse_config(configuration(where, snippet), "f");
    EXPECT_TRUE(config) << to_string(config.error());
    return config.value_or(AgentConfig());
}

// What the key tables call the defaults, written out: nothing changes.
TEST(Defaults, AreThoseOfTheReference) {
    const AgentConfig silent = parse("file", "");
    const AgentConfig explicit_file = parse("text", R"(
listen: {api: {path: "unix:/run/lbdrain/agent.sock", mode: "0660"}}
state_dir: /var/lib/lbdrain
log: {level: info}
balancers: {b: {haproxy: {stats_socket: "unix:/s", old_workers: automatic}, timeout: 5s}}
services:
  s:
    balancers: [b]
    min_ready: 1
    drain: {settle: 1s, timeout: 15m, on_timeout: readmit}
    slow_start: 0s
    agent_check: {weight: false, ready: until_confirmed}
    ready: {connect: true, passes: 3, interval: 1s, attempt_timeout: 5s, timeout: 15m}
    servers: {a: {address: "h:1"}}
)");
    EXPECT_EQ(silent.api.path, explicit_file.api.path);
    EXPECT_EQ(silent.api.mode, explicit_file.api.mode);
    EXPECT_EQ(silent.state_dir, explicit_file.state_dir);
    EXPECT_EQ(silent.log_level, explicit_file.log_level);
    EXPECT_EQ(silent.balancers[0].timeout, explicit_file.balancers[0].timeout);
    EXPECT_EQ(std::get<HaproxyConfig>(silent.balancers[0].what).old_workers,
              std::get<HaproxyConfig>(explicit_file.balancers[0].what).old_workers);
    const ServiceConfig& s = silent.services[0];
    const ServiceConfig& e = explicit_file.services[0];
    EXPECT_EQ(s.balancers, e.balancers);
    EXPECT_EQ(s.min_ready, e.min_ready);
    EXPECT_EQ(s.policy.settle, e.policy.settle);
    EXPECT_EQ(s.policy.drain_timeout, e.policy.drain_timeout);
    EXPECT_EQ(s.policy.on_timeout, e.policy.on_timeout);
    EXPECT_EQ(s.policy.slow_start, e.policy.slow_start);
    EXPECT_EQ(s.policy.ready_timeout, e.policy.ready_timeout);
    EXPECT_EQ(s.weight, e.weight);
    EXPECT_EQ(s.ready_word, e.ready_word);
    EXPECT_EQ(s.servers[0].ready.check, e.servers[0].ready.check);
    EXPECT_EQ(s.servers[0].ready.timeout, e.servers[0].ready.timeout);
    EXPECT_FALSE(s.sticky_grace);
    EXPECT_FALSE(s.load_weight);
    EXPECT_FALSE(s.servers[0].stop);
    EXPECT_FALSE(s.servers[0].start);
}

TEST(Defaults, OfHooks) {
    const AgentConfig config =
        parse("server", R"(stop: {signal: {unit: a.service}}, start: {http: "http://h/"})");
    const ServerConfig& server = config.services[0].servers[0];
    EXPECT_EQ(server.stop->timeout, 300'000);
    EXPECT_EQ(std::get<hook::SignalHook>(server.stop->what),
              (hook::SignalHook{"", "a.service", SIGTERM, std::chrono::milliseconds(30'000)}));
    EXPECT_EQ(std::get<hook::HttpHook>(server.start->what).method, "POST");
    EXPECT_TRUE(std::get<hook::HttpHook>(server.start->what).expected_status.empty());
}

TEST(Defaults, OfLoadWeight) {
    const AgentConfig config =
        parse("service", R"(metrics: "http://$server/m", agent_check: {load_weight: {min: 25}})");
    EXPECT_TRUE(config.services[0].weight);
    EXPECT_EQ(config.services[0].load_weight->interval, 1000);
    EXPECT_EQ(config.services[0].load_weight->smoothing, 10'000);
    EXPECT_EQ(config.services[0].load_weight->full_at, 64);
    EXPECT_EQ(config.services[0].servers[0].metrics, "http://h:1/m");
}

TEST(Hooks, OfTheServerReplaceTheServicesAsAWhole) {
    const AgentConfig config = parse("text", R"(
balancers: {b: {haproxy: {stats_socket: "unix:/s"}}}
services:
  s:
    stop: {systemd: "x@$server_name.service", timeout: 1m}
    ready: {http: "http://$server/health", passes: 9}
    servers:
      a: {address: "h:1"}
      b: {address: "h:2", stop: {exec: [/bin/true]}, ready: {connect: true}}
)");
    const auto& servers = config.services[0].servers;
    EXPECT_EQ(servers[0].stop->timeout, 60'000);
    EXPECT_EQ(servers[0].ready.check.passes, 9U);
    EXPECT_EQ(servers[1].stop->timeout, 300'000);
    EXPECT_EQ(servers[1].ready.check, hook::ReadyCheck());
    EXPECT_EQ(config.services[0].policy.stop_timeout, 60'000);
}

TEST(Services, WithoutBalancersWhereAgentChecksAreListenedFor) {
    EXPECT_EQ(errors_of("listen: {agent_check: \"0.0.0.0:9707\"}\n"
                        "services: {s: {servers: {a: {address: \"h:1\"}}}}"),
              "");
    const auto config = parse_config(
        "services: {s: {servers: {a: {address: \"h:1\", agent_check: \"0.0.0.0:9801\"}}}}", "f");
    ASSERT_TRUE(config);
    EXPECT_TRUE(config->services[0].balancers.empty());
    EXPECT_EQ(describe(*config),
              "0 balancers\n1 service:\n  s: 1 server at no balancer: drains are refused\n");
}

TEST(Services, MayShareAnAddressAtDifferentBalancers) {
    EXPECT_EQ(errors_of(R"(
balancers: {b: {haproxy: {stats_socket: "unix:/s"}}, c: {nginx: {api: "http://h/drain"}}}
services:
  s: {servers: {a: {address: "h:1"}}}
  t: {balancers: {b: s2, c: s2}, servers: {a: {address: "h:1"}}}
)"),
              "");
}

TEST(Yaml, AliasesStandForWhatTheyName) {
    const AgentConfig config = parse("text", R"(
balancers: {b: {haproxy: {stats_socket: "unix:/s"}}}
services:
  s: {servers: {a: {address: "h:1", stop: &stop {exec: [/bin/true]}}}}
  t: {servers: {a: {address: "h:2", stop: *stop}}}
)");
    EXPECT_EQ(std::get<hook::ExecHook>(config.services[1].servers[0].stop->what).argv,
              (std::vector<std::string>{"/bin/true"}));
}

TEST(Yaml, AMistakeBelowAnAliasIsToldOnce) {
    EXPECT_EQ(errors_of("balancers: {b: {haproxy: {stats_socket: \"unix:/s\"}}}\n"
                        "services:\n"
                        "  s: {servers: {a: {address: \"h:1\", stop: &stop {exec: [true]}}}}\n"
                        "  t: {servers: {a: {address: \"h:2\", stop: *stop}}}\n"),
              R"(3:57: "exec": "true" is no absolute path, expected a list such as )"
              "[/usr/local/sbin/replica-stop, $server_port]; there is no shell");
}

TEST(Yaml, MarksOfADocumentAndWindowsLines) {
    EXPECT_EQ(errors_of("\xEF\xBB\xBF%YAML 1.2\r\n---\r\nlog: {level: info}\r\n" +
                        configuration("file", "") + "...\r\n"),
              "");
}

TEST(Yaml, EveryMistakeIsToldInTheOrderOfTheFile) {
    EXPECT_EQ(errors_of("services: {s: {servers: {a: {address: h}}, min_ready: x}}\n"
                        "balancers: {b: {haproxy: {stats_socket: s}}}\n"
                        "log: {level: y}\n"),
              "1:39: \"address\": \"h\" has no port, expected an address such as "
              "\"10.0.1.1:8000\"\n"
              "1:55: \"min_ready\": \"x\" is no whole number, expected a number from 0 to 65536\n"
              "2:41: \"stats_socket\": \"s\" has no port, expected a socket such as "
              "\"unix:/run/haproxy/admin.sock\" or \"10.0.0.1:9999\"\n"
              "3:14: \"level\": \"y\" is unknown, expected debug, info, warning or error");
}

}  // namespace
}  // namespace lbdrain::agent::test
