#include "unit_machine.hpp"

#include <filesystem>
#include <iostream>
#include <stdexcept>

namespace lbdrain::test {
namespace {

// A directory a file: those that the machine has to see.
std::vector<std::filesystem::path> paths() {
    std::vector<std::filesystem::path> found{LBDRAIN_SOURCES};
    for (const char* file : {LBDRAIN_MODULE, LBDRAIN_HOOK, LBDRAIN_AGENT, LBDRAIN_DRAINCTL}) {
        found.push_back(std::filesystem::path(file).parent_path());
    }
    return found;
}

std::string nginx_conf() {
    std::string servers;
    for (const int port : UnitMachine::ports) {
        servers += "    server 127.0.0.1:" + std::to_string(port) + " max_fails=0;\n";
    }
    return "load_module /usr/local/lib/ngx_http_drain_module.so;\nuser root;\npid /run/nginx.pid;\n"
           "error_log /run/share/nginx.log info;\nworker_processes 2;\nevents {}\nhttp {\n"
           "access_log off;\ndrain_state /run/nginx-drain/state;\n"
           "drain_hook_program /usr/local/libexec/lbdrain-hook;\ndrain_settle 300ms;\n"
           "upstream vllm {\n" +
           servers +
           "    keepalive 8;\n    keepalive_timeout 4s;\n"
           "    drain_stop_hook exec /usr/bin/systemctl stop vllm@$server_port.service "
           "timeout=60s;\n"
           "    drain_start_hook exec /usr/bin/systemctl start vllm@$server_port.service "
           "timeout=60s;\n"
           "    drain_ready_check http://$server/health passes=2 interval=50ms timeout=60s;\n}\n"
           "server {\n    listen unix:/run/share/nginx.sock;\n    location / {\n"
           "        proxy_pass http://vllm;\n        proxy_http_version 1.1;\n"
           "        proxy_set_header Connection \"\";\n        proxy_buffering off;\n    }\n}\n"
           "server {\n    listen 127.0.0.1:8081;\n    listen unix:/run/share/nginx-api.sock;\n"
           "    location /drain/ { drain_api write=on; }\n}\n}\n";
}

std::string haproxy_cfg() {
    std::string text =
        "global\n    log /dev/log local0\n"
        "    stats socket /run/haproxy/admin.sock mode 660 level admin expose-fd listeners\n"
        "    server-state-file /var/lib/lbdrain/haproxy-server-state\n"
        "    lua-load /usr/local/share/lbdrain.lua\n"
        "defaults\n    mode http\n    load-server-state-from-file global\n"
        "    option redispatch\n    timeout connect 5s\n    timeout client 60s\n"
        "    timeout server 60s\n    timeout queue 60s\n    timeout check 2s\n"
        "frontend llm\n    bind unix@/run/share/haproxy.sock\n    default_backend vllm\n"
        "backend vllm\n    balance leastconn\n    http-reuse never\n"
        "    default-server weight 100 agent-check agent-addr 127.0.0.1 agent-port 9707"
        " agent-inter 500ms\n";
    for (const int port : UnitMachine::ports) {
        const std::string name = "s" + std::to_string(port);
        text.append("    server ").append(name).append(" 127.0.0.1:").append(std::to_string(port));
        text.append(" agent-send \"vllm/").append(name).append("\\n\"\n");
    }
    return text;
}

std::string agent_yaml() {
    std::string text =
        "listen: {api: \"unix:/run/lbdrain/agent.sock\", agent_check: \"127.0.0.1:9707\"}\n"
        "state_dir: /var/lib/lbdrain\nhook_program: /usr/local/libexec/lbdrain-hook\n"
        "balancers:\n  edge-2:\n    haproxy:\n"
        "      stats_socket: \"unix:/run/haproxy/admin.sock\"\n"
        "      master_socket: \"unix:/run/haproxy-master.sock\"\n"
        "      server_state_file: /var/lib/lbdrain/haproxy-server-state\n"
        "services:\n  vllm:\n    drain: {settle: 300ms}\n"
        "    stop: {systemd: \"vllm@$server_port.service\", timeout: 60s}\n"
        "    start: {systemd: \"vllm@$server_port.service\", timeout: 60s}\n"
        "    ready: {http: \"http://$server/health\", passes: 2, interval: 50ms, timeout: 60s}\n"
        "    servers:\n";
    for (const int port : UnitMachine::ports) {
        text += "      s" + std::to_string(port) +
                ": {address: \"127.0.0.1:" + std::to_string(port) + "\"}\n";
    }
    return text;
}

std::string server_path(int port, const std::string& prefix, const std::string& name) {
    return prefix + "/v1/services/vllm/servers/" + name + std::to_string(port);
}

std::string member_of(const HttpResponse& response, const std::string& member) {
    boost::json::error_code failed;
    const auto value = boost::json::parse(response.body, failed);
    if (failed || !value.is_object()) {
        return "?" + response.error;
    }
    const auto* found = value.as_object().if_contains(member);
    if (found == nullptr) {
        return "";
    }
    return found->is_string() ? std::string(found->get_string()) : boost::json::serialize(*found);
}

}  // namespace

UnitMachine::UnitMachine(const UnitSetup& setup) : setup_(setup), machine_(paths()) {
    install();
    configure();
}

// As a package does; the directories of the build may be hidden from units (PrivateTmp=).
void UnitMachine::install() const {
    machine_.shell(
        "mkdir -p /usr/local/libexec /opt/vllm/bin /etc/vllm /run/nginx-drain /run/haproxy "
        "/run/lbdrain /var/lib/lbdrain\n"
        "strip -o /usr/local/lib/ngx_http_drain_module.so " LBDRAIN_MODULE
        "\n"
        "strip -o /usr/local/libexec/lbdrain-hook " LBDRAIN_HOOK
        "\n"
        "strip -o /usr/local/sbin/drain-agent " LBDRAIN_AGENT
        "\n"
        "strip -o /usr/bin/drainctl " LBDRAIN_DRAINCTL
        "\n"
        "cp " LBDRAIN_SOURCES
        "/haproxy-agent/lua/lbdrain.lua /usr/local/share/\n"
        "cp -r " LBDRAIN_SOURCES
        "/tests/support /opt/vllm/support\n"
        "cp " LBDRAIN_SOURCES
        "/conf-examples/systemd/*.service /etc/systemd/system/\n"
        "mkdir -p /etc/lbdrain /usr/local/etc && ln -s /etc/lbdrain /usr/local/etc/lbdrain\n"
        "printf '1\\n' >/var/lib/lbdrain/haproxy-server-state\n"
        "useradd --system --no-create-home vllm\n"
        // /run is empty at each boot.
        "printf 'd /run/nginx-drain\\nd /run/haproxy\\n' >/etc/tmpfiles.d/lbdrain-test.conf\n");
    machine_.write("/opt/vllm/bin/vllm",
                   std::string("#!/bin/sh\nshift 2  # serve MODEL\n") +
                       (setup_.deaf ? "trap '' TERM\n" : "exec ") +
                       "/usr/bin/python3 /opt/vllm/support/llm-standin \"$@\" "
                       "--tokens-per-second 40 $STANDIN\n");
    machine_.shell("chmod 0755 /opt/vllm/bin/vllm");
}

void UnitMachine::configure() const {
    for (const int port : ports) {
        set_standin(port, setup_.standin);
    }
    machine_.write("/etc/nginx/nginx.conf", nginx_conf());
    machine_.write("/etc/haproxy/haproxy.cfg", haproxy_cfg());
    machine_.write("/etc/lbdrain/agent.yaml", agent_yaml());
    machine_.write(
        "/etc/lbdrain/drainctl.yaml",
        std::string("targets:\n  edge-1: {api: \"http://127.0.0.1:8081/drain\", timeout: 1s}\n") +
            (setup_.haproxy ? "  agent: {api: \"unix:/run/lbdrain/agent.sock\", timeout: 1s}\n"
                            : "") +
            "units: {vllm@.service: \"vllm/127.0.0.1:%i\"}\nunit_hooks: {" + setup_.hooks + "}\n");
    if (setup_.dropin) {
        machine_.shell(
            "mkdir -p /etc/systemd/system/vllm@.service.d\n"
            "drainctl systemd-dropin vllm@.service >/etc/systemd/system/vllm@.service.d/"
            "lbdrain.conf");
    }
    if (!setup_.dropin_more.empty()) {
        machine_.write("/etc/systemd/system/vllm@.service.d/more.conf",
                       "[Service]\n" + setup_.dropin_more);
    }
    // Sockets of a former boot are in the way.
    machine_.write("/etc/systemd/system/nginx.service.d/test.conf",
                   "[Service]\nExecStartPre=/bin/sh -c 'rm -f /run/share/nginx*.sock'\n");
    machine_.shell("systemctl daemon-reload");
}

void UnitMachine::set_standin(int port, const std::string& options) const {
    const std::string text = std::to_string(port);
    machine_.write("/etc/vllm/" + text + ".env",
                   "MODEL=standin\nPORT=" + text + "\nSTANDIN=\"" + options + "\"\n");
}

void UnitMachine::start_balancers() {
    machine_.shell("systemctl start nginx.service");
    if (setup_.haproxy) {
        machine_.shell("systemctl start haproxy.service drain-agent.service");
    }
}

void UnitMachine::start() {
    start_balancers();
    machine_.shell("systemctl start " + unit(ports[0]) + " " + unit(ports[1]), Millis{60000});
    wait_listening();
}

void UnitMachine::start_all() {
    machine_.shell("systemctl start nginx.service haproxy.service drain-agent.service " +
                       unit(ports[0]) + " " + unit(ports[1]),
                   Millis{60000});
    wait_listening();
}

void UnitMachine::wait_listening() const {
    const bool up = eventually(
        Millis{60000},
        [&] {
            for (const int port : ports) {
                const auto health =
                    machine_.run({"bash", "-c", ": </dev/tcp/127.0.0.1/" + std::to_string(port)});
                if (!health.status.ok()) {
                    return false;
                }
            }
            return true;
        },
        Millis{100});
    if (!up) {
        throw std::runtime_error("the replicas do not listen: " + machine_.log());
    }
}

CommandResult UnitMachine::systemctl(const std::string& verb, const std::string& unit,
                                     Millis limit) const {
    return machine_.run({"systemctl", verb, unit}, limit);
}

std::unique_ptr<Process> UnitMachine::start_systemctl(const std::string& verb,
                                                      const std::string& unit) const {
    return std::make_unique<Process>(machine_.inside({"systemctl", verb, unit}));
}

std::string UnitMachine::at_nginx(int port, const std::string& member) const {
    const HttpClient api(Endpoint::unix_socket(machine_.share() / "nginx-api.sock"));
    return member_of(api.get(server_path(port, "/drain", "127.0.0.1:")), member);
}

HttpResponse UnitMachine::nginx_command(int port, const std::string& action,
                                        const std::string& body) const {
    const HttpClient api(Endpoint::unix_socket(machine_.share() / "nginx-api.sock"), Millis{90000});
    return api.post(server_path(port, "/drain", "127.0.0.1:") + "/" + action, body);
}

std::string UnitMachine::at_agent(int port, const std::string& member) const {
    const auto said = machine_.run({"curl", "-s", "--unix-socket", "/run/lbdrain/agent.sock",
                                    "http://agent" + server_path(port, "", "s")});
    HttpResponse response;
    response.body = said.out;
    return member_of(response, member);
}

HttpResponse UnitMachine::agent_command(int port, const std::string& action,
                                        const std::string& body) const {
    const auto said = machine_.run(
        {"curl", "-s", "-w", "\n%{http_code}", "--unix-socket", "/run/lbdrain/agent.sock", "-d",
         body, "http://agent" + server_path(port, "", "s") + "/" + action},
        Millis{90000});
    const auto end = said.out.find_last_of('\n');
    HttpResponse response;
    response.body = said.out.substr(0, end);
    response.status = end == std::string::npos ? 0 : std::stoi(said.out.substr(end + 1));
    return response;
}

bool UnitMachine::wait_in_rotation(int port, Millis limit) const {
    return eventually(
        limit,
        [&] { return at_nginx(port) == "ready" && (!setup_.haproxy || at_agent(port) == "ready"); },
        Millis{50});
}

std::unique_ptr<GenerationLoad> UnitMachine::nginx_load(int clients, int tokens) const {
    return std::make_unique<GenerationLoad>(Endpoint::unix_socket(machine_.share() / "nginx.sock"),
                                            clients, tokens, long_enough);
}

std::unique_ptr<GenerationLoad> UnitMachine::haproxy_load(int clients, int tokens) const {
    return std::make_unique<GenerationLoad>(
        Endpoint::unix_socket(machine_.share() / "haproxy.sock"), clients, tokens, long_enough);
}

std::string UnitMachine::journal(int port) const {
    machine_.run({"journalctl", "--sync"});
    return machine_.run({"journalctl", "--no-pager", "--output=short-precise", "-u", unit(port)})
        .out;
}

void UnitTest::SetUp() {
    if (const std::string lacking = SystemdMachine::lacking(); !lacking.empty()) {
        GTEST_SKIP() << lacking;
    }
}

void UnitTest::boot(const UnitSetup& setup) {
    units_ = std::make_unique<UnitMachine>(setup);
}

void UnitTest::TearDown() {
    if (HasFailure() && units_) {
        std::cerr << units_->machine().log();
        for (const int port : UnitMachine::ports) {
            std::cerr << "--- " << UnitMachine::unit(port) << "\n" << units_->journal(port);
        }
    }
}

std::string faults_of(std::unique_ptr<GenerationLoad>& load) {
    const std::int64_t answered = load->answered();
    const auto faults = load->stop();
    std::cout << "    " << faults.size() << " failed of " << load->answered() << " ("
              << load->answered() - answered << " after the end)\n";
    std::string text;
    for (const auto& fault : faults) {
        text += fault + "\n";
    }
    return text;
}

}  // namespace lbdrain::test
