// The examples come out as what they say.
#include <gtest/gtest.h>

#include <csignal>
#include <fstream>
#include <map>
#include <sstream>

#include "config/read_config.hpp"

namespace lbdrain::agent {
namespace {

using std::chrono::milliseconds;

AgentConfig example(const std::string& name) {
    const auto config = read_config(std::string(LBDRAIN_EXAMPLES) + "/" + name);
    EXPECT_TRUE(config) << to_string(config.error());
    return config.value_or(AgentConfig());
}

TEST(FullExample, TheFile) {
    const AgentConfig config = example("full.yaml");
    EXPECT_EQ(config.api.path, "/run/lbdrain/agent.sock");
    EXPECT_EQ(config.api.mode, 0660U);
    EXPECT_EQ(config.api.user, "root");
    EXPECT_EQ(config.api.group, "lbdrain");
    EXPECT_EQ(config.agent_check, (std::vector<std::string>{"0.0.0.0:9707", "[::1]:9707"}));
    EXPECT_EQ(config.state_dir, "/var/lib/lbdrain");
    EXPECT_EQ(config.hook_program, "/usr/libexec/lbdrain/lbdrain-hook");
    EXPECT_EQ(config.log_level, "info");
}

TEST(FullExample, Balancers) {
    const AgentConfig config = example("full.yaml");
    ASSERT_EQ(config.balancers.size(), 3U);
    EXPECT_EQ(config.balancers[0].name, "edge-1");
    EXPECT_EQ(config.balancers[0].timeout, 5000);
    const auto& first = std::get<HaproxyConfig>(config.balancers[0].what);
    EXPECT_EQ(first.stats_socket, "unix:/run/haproxy/admin.sock");
    EXPECT_EQ(first.master_socket, "unix:/run/haproxy-master.sock");
    EXPECT_EQ(first.server_state_file, "/var/lib/lbdrain/haproxy-server-state");
    EXPECT_EQ(first.old_workers, OldWorkers::automatic);
    const auto& second = std::get<HaproxyConfig>(config.balancers[1].what);
    EXPECT_EQ(second.stats_socket, "10.0.0.2:9999");
    EXPECT_EQ(second.master_socket, "");
    EXPECT_EQ(second.old_workers, OldWorkers::exit);
    const auto& third = std::get<NginxConfig>(config.balancers[2].what);
    EXPECT_EQ(third.api, "https://10.0.0.3:8081/drain");
    EXPECT_EQ(third.token_file, "/etc/lbdrain/edge-3.token");
    EXPECT_EQ(third.ca_file, "/etc/lbdrain/ca.pem");
}

TEST(FullExample, Service) {
    const AgentConfig config = example("full.yaml");
    ASSERT_EQ(config.services.size(), 2U);
    const ServiceConfig& service = config.services[0];
    EXPECT_EQ(service.name, "vllm");
    EXPECT_EQ(service.balancers,
              (std::map<std::string, std::string>{
                  {"edge-1", "vllm"}, {"edge-2", "llm_pool"}, {"edge-3", "vllm_upstream"}}));
    EXPECT_EQ(service.min_ready, 1U);
    EXPECT_EQ(service.policy.settle, 1000);
    EXPECT_EQ(service.policy.drain_timeout, 1'800'000);
    EXPECT_EQ(service.policy.on_timeout, OnTimeout::readmit);
    EXPECT_EQ(service.policy.slow_start, 30'000);
    EXPECT_EQ(service.policy.stop_timeout, 300'000);
    EXPECT_EQ(service.policy.start_timeout, 300'000);
    EXPECT_EQ(service.policy.ready_timeout, 900'000);
    EXPECT_EQ(service.sticky_grace, 30'000);
    EXPECT_TRUE(service.weight);
    EXPECT_EQ(service.ready_word, ReadyWord::until_confirmed);
    ASSERT_TRUE(service.load_weight);
    EXPECT_EQ(service.load_weight->min_percent, 25U);
    EXPECT_EQ(service.load_weight->interval, 1000);
    EXPECT_EQ(service.load_weight->smoothing, 10'000);
    EXPECT_EQ(service.load_weight->full_at, 64);
    EXPECT_EQ(config.services[1].balancers,
              (std::map<std::string, std::string>{{"edge-1", "embeddings"}}));
}

TEST(FullExample, ServerWithTheServicesHooks) {
    const AgentConfig config = example("full.yaml");
    const ServerConfig& server = config.services[0].servers.at(0);
    EXPECT_EQ(server.name, "gpu-a");
    EXPECT_EQ(server.address, "10.0.1.1:8000");
    EXPECT_EQ(server.agent_check, (std::vector<std::string>{"0.0.0.0:9801"}));
    EXPECT_EQ(server.metrics, "http://10.0.1.1:8000/metrics");
    EXPECT_EQ(std::get<hook::SystemdHook>(server.stop->what).unit, "vllm@$server_name.service");
    EXPECT_EQ(server.stop->timeout, 300'000);
    EXPECT_EQ(std::get<hook::SystemdHook>(server.start->what).unit, "vllm@$server_name.service");
    hook::ReadyCheck check;
    check.url = "http://$server/health";
    check.expect_model = "meta-llama/Llama-3.1-8B-Instruct";
    check.one_token = true;
    EXPECT_EQ(server.ready.check, check);
    EXPECT_EQ(server.ready.timeout, 900'000);
}

TEST(FullExample, ServerWithHooksOfItsOwn) {
    const AgentConfig config = example("full.yaml");
    const ServerConfig& server = config.services[0].servers.at(1);
    EXPECT_EQ(server.agent_check, (std::vector<std::string>{"0.0.0.0:9802", "[::1]:9802"}));
    EXPECT_EQ(server.metrics, "http://10.0.1.2:9100/metrics");
    hook::HttpHook stop;
    stop.url = "https://10.0.1.2:9000/units/vllm/stop";
    stop.headers = {"Authorization: Bearer of-your-own", "X-Server: $server_name"};
    stop.body = "{\"unit\": \"vllm\", \"reason\": \"restart\"}";
    stop.expected_status = {200, 202};
    EXPECT_EQ(std::get<hook::HttpHook>(server.stop->what), stop);
    EXPECT_EQ(server.stop->timeout, 600'000);
    hook::HttpHook start;
    start.url = "http://supervisor/start";
    start.unix_socket = "/run/supervisor.sock";
    EXPECT_EQ(std::get<hook::HttpHook>(server.start->what), start);
    EXPECT_EQ(server.ready.check.url, "http://$server/health");
}

TEST(FullExample, SignalsAndPrograms) {
    const AgentConfig config = example("full.yaml");
    const auto& servers = config.services[1].servers;
    hook::SignalHook stop;
    stop.unit = "embeddings.service";
    EXPECT_EQ(std::get<hook::SignalHook>(servers.at(0).stop->what), stop);
    EXPECT_EQ(servers[0].stop->timeout, 120'000);
    EXPECT_EQ(std::get<hook::ExecHook>(servers[0].start->what).argv,
              (std::vector<std::string>{"/usr/local/sbin/replica-start", "$server_port"}));
    EXPECT_EQ(servers[0].ready.check, hook::ReadyCheck());
    EXPECT_EQ(std::get<hook::SignalHook>(servers.at(1).stop->what).pidfile,
              "/run/embeddings/$server_name.pid");
    EXPECT_EQ(servers[1].ready.check, hook::ReadyCheck());
}

TEST(MinimalExample, IsTaken) {
    const AgentConfig config = example("minimal.yaml");
    EXPECT_EQ(describe(config),
              "1 balancer: edge-1 (HAProxy)\n"
              "1 service:\n"
              "  vllm: 2 servers at edge-1\n");
}

// "server NAME ADDRESS" lines of an HAProxy example.
std::map<std::string, std::string> haproxy_servers(const std::string& name) {
    std::ifstream file(std::string(LBDRAIN_HAPROXY_EXAMPLES) + "/" + name);
    EXPECT_TRUE(file) << name;
    std::map<std::string, std::string> out;
    for (std::string line; std::getline(file, line);) {
        std::istringstream words(line);
        std::string word;
        std::string server;
        std::string address;
        if (words >> word >> server >> address && word == "server") {
            EXPECT_TRUE(out.emplace(server, address).second) << server;
        }
    }
    return out;
}

TEST(Examples, OfAgentAndHaproxyBelongTogether) {
    for (const std::string name : {"minimal", "full"}) {
        std::map<std::string, std::string> servers;
        for (const ServiceConfig& service : example(name + ".yaml").services) {
            for (const ServerConfig& server : service.servers) {
                EXPECT_TRUE(servers.emplace(server.name, server.address).second);
            }
        }
        EXPECT_EQ(haproxy_servers(name + ".cfg"), servers);
    }
}

TEST(Describe, SaysWhereTheServicesAre) {
    EXPECT_EQ(describe(example("full.yaml")),
              "3 balancers: edge-1 (HAProxy), edge-2 (HAProxy), edge-3 (NGINX)\n"
              "2 services:\n"
              "  vllm: 2 servers at edge-1, edge-2 (as llm_pool), edge-3 (as vllm_upstream)\n"
              "  embeddings: 2 servers at edge-1\n");
}

}  // namespace
}  // namespace lbdrain::agent
