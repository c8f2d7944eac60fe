// drainctl.yaml: what is read, and what is said of a mistake.
#include <gtest/gtest.h>

#include "config/read_config.hpp"

namespace lbdrain::ctl {
namespace {

// "line:column: message", one a line; "" when it is taken.
std::string errors_of(std::string_view text) {
    const auto config = parse_config(text, "f");
    std::string all;
    if (!config) {
        for (const yaml::ConfigError& error : config.error()) {
            all += (all.empty() ? "" : "\n") + to_string(error).substr(2);
        }
    }
    return all;
}

TEST(CtlConfig, OfAnEmptyFileIsTheAgentOfThisMachine) {
    const auto config = parse_config("", "f");
    ASSERT_TRUE(config);
    ASSERT_EQ(config->targets.size(), 1U);
    EXPECT_EQ(config->targets[0].name, "agent");
    EXPECT_EQ(shown(config->targets[0].endpoint), "unix:/run/lbdrain/agent.sock");
    EXPECT_EQ(config->max_unavailable, 1U);
}

TEST(CtlConfig, HasEveryKey) {
    const auto config = parse_config(R"(
targets:
  agent: {api: "unix:/run/lbdrain/agent.sock"}
  edge-2:
    api: "https://10.0.0.2:8081/drain/"
    token_file: /etc/lbdrain/edge-2.token
    ca_file: /etc/lbdrain/ca.pem
    client_certificate: /etc/lbdrain/me.pem
    client_key: /etc/lbdrain/me.key
    timeout: 2s
    services: {vllm: llm_pool}
units:
  vllm@.service: vllm/gpu-%i
  both.service: [vllm/gpu-x, "chat/127.0.0.1:8001"]
max_unavailable: 2
state_dir: /var/lib/lbdrain/drainctl
unit_hooks: {drain_timeout: 20m, turn_timeout: 0s, unreachable_timeout: 3s, ready_timeout: 1h}
)",
                                     "f");
    ASSERT_TRUE(config) << yaml::to_string(config.error());
    ASSERT_EQ(config->targets.size(), 2U);
    const TargetConfig& edge = config->targets[1];
    EXPECT_EQ(edge.name, "edge-2");
    EXPECT_EQ(edge.endpoint.url, "https://10.0.0.2:8081/drain");
    EXPECT_EQ(edge.endpoint.token_file, "/etc/lbdrain/edge-2.token");
    EXPECT_EQ(edge.endpoint.ca_file, "/etc/lbdrain/ca.pem");
    EXPECT_EQ(edge.endpoint.cert_file, "/etc/lbdrain/me.pem");
    EXPECT_EQ(edge.endpoint.key_file, "/etc/lbdrain/me.key");
    EXPECT_EQ(edge.timeout, 2'000);
    EXPECT_EQ(edge.services.at("vllm"), "llm_pool");
    ASSERT_EQ(config->units.size(), 2U);
    EXPECT_EQ(config->units[0].unit, "vllm@.service");
    EXPECT_EQ(config->units[1].servers[1], (ServerSpec{"chat", "127.0.0.1:8001"}));
    EXPECT_EQ(config->max_unavailable, 2U);
    EXPECT_EQ(config->state_dir, "/var/lib/lbdrain/drainctl");
    EXPECT_EQ(config->unit_hooks.drain_timeout, 1'200'000);
    EXPECT_EQ(config->unit_hooks.turn_timeout, 0);
    EXPECT_EQ(config->unit_hooks.unreachable_timeout, 3'000);
    EXPECT_EQ(config->unit_hooks.ready_timeout, 3'600'000);
}

TEST(CtlConfig, MistakesAreToldWithTheirPlace) {
    EXPECT_EQ(errors_of("target: {}"), "1:1: unknown key \"target\", did you mean \"targets\"?");
    EXPECT_EQ(errors_of("targets: {a: {api: \"ftp://x\"}}"),
              "1:20: \"api\": \"ftp://x\" is neither unix:/PATH nor an http or https URL, expected "
              "\"unix:/run/lbdrain/agent.sock\" or a URL such as \"https://10.0.0.2:8081/drain\"");
    EXPECT_EQ(errors_of("targets: {a: {api: \"http://x\", ca_file: /a}}"),
              "1:41: \"ca_file\" is for https, but \"api\" is \"http://x\"");
    EXPECT_EQ(errors_of("targets: {a: {api: \"https://x\", client_key: /a}}"),
              "1:45: \"client_key\" without \"client_certificate\", expected both or none");
    EXPECT_EQ(errors_of("units: {vllm@.service: gpu-a}"),
              "1:24: \"vllm@.service\": \"gpu-a\" is no server, expected SERVICE/SERVER such as "
              "vllm/gpu-a");
    EXPECT_EQ(errors_of("units: {vllm-a.service: vllm/gpu-%i}"),
              "1:25: \"vllm/gpu-%i\" has \"%i\", but \"vllm-a.service\" is no template such as "
              "vllm@.service");
    EXPECT_EQ(errors_of("units: {vllm: vllm/a}"),
              "1:9: \"vllm\" is no service unit, expected a full name such as vllm-a.service or "
              "vllm@.service");
    EXPECT_EQ(
        errors_of("max_unavailable: 0"),
        "1:18: \"max_unavailable\": \"0\" is out of range, expected an integer from 1 to 10000");
    EXPECT_EQ(errors_of("unit_hooks: {drain_timeout: 5}"),
              "1:29: \"drain_timeout\": \"5\" has no unit, expected a duration with its unit such "
              "as 5s");
}

TEST(CtlConfig, OfAFileThatIsNotThereSaysSo) {
    const auto config = read_config("/nonexistent/drainctl.yaml");
    ASSERT_FALSE(config);
    EXPECT_EQ(yaml::to_string(config.error()),
              "/nonexistent/drainctl.yaml: cannot open it: No such file or directory\n");
}

}  // namespace
}  // namespace lbdrain::ctl
