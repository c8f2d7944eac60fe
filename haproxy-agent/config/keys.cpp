#include "config/keys.hpp"

#include <algorithm>

namespace lbdrain::agent::yaml {
namespace {

constexpr std::string_view required = kRequired;
constexpr std::string_view none = "none";

constexpr std::string_view a_duration = "a duration such as 250ms, 30s, 15m or 1h30m";
constexpr std::string_view a_boolean = "true or false";
constexpr std::string_view a_url = "a URL such as \"http://10.0.1.1:8000/health\"";
constexpr std::string_view ports = "an IP address and a port such as \"0.0.0.0:9801\"";
constexpr std::string_view a_hook = "a mapping such as {systemd: vllm@a.service, timeout: 5m}";
constexpr std::string_view a_check =
    "a mapping such as {http: \"http://$server/health\", passes: 3}";
constexpr std::string_view a_unit = "a systemd unit's full name such as vllm@a.service";

constexpr Key file_keys[] = {
    {"listen", "mapping", "", "a mapping such as {agent_check: \"0.0.0.0:9707\"}"},
    {"state_dir", "path", "/var/lib/lbdrain", "an absolute path such as /var/lib/lbdrain"},
    {"hook_program", "path", "as installed",
     "an absolute path such as /usr/libexec/lbdrain/lbdrain-hook"},
    {"log", "mapping", "", "a mapping such as {level: info}"},
    {"balancers", "mapping of names", none,
     "a mapping such as {edge-1: {haproxy: {stats_socket: \"unix:/run/haproxy/admin.sock\"}}}"},
    {"services", "mapping of names", required,
     "a mapping such as {vllm: {servers: {gpu-a: {address: \"10.0.1.1:8000\"}}}}"},
};

constexpr Key listen_keys[] = {
    {"api", "socket or mapping", "unix:/run/lbdrain/agent.sock",
     "a unix socket such as \"unix:/run/lbdrain/agent.sock\""},
    {"agent_check", "address or list", none, "an IP address and a port such as \"0.0.0.0:9707\""},
};

constexpr Key api_keys[] = {
    {"path", "socket", required, "a unix socket such as \"unix:/run/lbdrain/agent.sock\""},
    {"mode", "octal number", "0660", "an octal number of four digits such as \"0660\""},
    {"user", "user", none, "a user's name or number such as lbdrain"},
    {"group", "group", none, "a group's name or number such as lbdrain"},
};

constexpr Key log_keys[] = {
    {"level", "word", "info", "debug, info, warning or error"},
};

constexpr Key balancer_keys[] = {
    {"haproxy", "mapping", none,
     "a mapping such as {stats_socket: \"unix:/run/haproxy/admin.sock\"}"},
    {"nginx", "mapping", none, "a mapping such as {api: \"http://10.0.0.2:8081/drain\"}"},
    {"timeout", "duration", "5s", a_duration},
};

constexpr Key haproxy_keys[] = {
    {"stats_socket", "socket or address", required,
     "a socket such as \"unix:/run/haproxy/admin.sock\" or \"10.0.0.1:9999\""},
    {"master_socket", "socket or address", none,
     "a socket such as \"unix:/run/haproxy-master.sock\" or \"10.0.0.1:9998\""},
    {"server_state_file", "path", none,
     "an absolute path such as /var/lib/lbdrain/haproxy-server-state"},
    {"old_workers", "word", "automatic", "automatic, lua or exit"},
};

constexpr Key nginx_keys[] = {
    {"api", "URL", required, "a URL such as \"http://10.0.0.2:8081/drain\""},
    {"token_file", "path", none, "an absolute path such as /etc/lbdrain/edge-2.token"},
    {"ca_file", "path", none, "an absolute path such as /etc/lbdrain/ca.pem"},
};

constexpr Key service_keys[] = {
    {"balancers", "list or mapping", "all balancers",
     "a list such as [edge-1, edge-2] or a mapping such as {edge-1: backend_name}"},
    {"min_ready", "number", "1", "a number from 0 to 65536"},
    {"drain", "mapping", "", "a mapping such as {settle: 1s, timeout: 15m}"},
    {"slow_start", "duration", "0s", a_duration},
    {"agent_check", "mapping", "", "a mapping such as {weight: true}"},
    {"metrics", "URL", none, "a URL such as \"http://$server/metrics\""},
    {"stop", "hook", none, a_hook},
    {"start", "hook", none, a_hook},
    {"ready", "ready check", "{connect: true}", a_check},
    {"servers", "mapping of names", required,
     "a mapping such as {gpu-a: {address: \"10.0.1.1:8000\"}}"},
};

constexpr Key drain_keys[] = {
    {"settle", "duration", "1s", a_duration},
    {"timeout", "duration", "15m", a_duration},
    {"on_timeout", "word", "readmit", "readmit, stop or wait"},
    {"sticky_grace", "duration", "30s", a_duration},
};

constexpr Key agent_check_keys[] = {
    {"weight", "boolean", "false", a_boolean},
    {"ready", "word", "until_confirmed", "until_confirmed or always"},
    {"load_weight", "mapping", none, "a mapping such as {min: 25, full_at: 64}"},
};

constexpr Key load_weight_keys[] = {
    {"min", "number", "25", "a number of percent from 1 to 100"},
    {"interval", "duration", "1s", a_duration},
    {"smoothing", "duration", "10s", a_duration},
    {"full_at", "number", "64", "a number of requests such as 64"},
};

constexpr Key server_keys[] = {
    {"address", "address", required, "an address such as \"10.0.1.1:8000\""},
    {"agent_check", "address or list", none, ports},
    {"metrics", "URL", "the service's", "a URL such as \"http://$server/metrics\""},
    {"stop", "hook", "the service's", a_hook},
    {"start", "hook", "the service's", a_hook},
    {"ready", "ready check", "the service's", a_check},
};

constexpr Key hook_keys[] = {
    {"systemd", "unit", none, a_unit},
    {"exec", "list of texts", none,
     "a list such as [/usr/local/sbin/replica-stop, $server_port]; there is no shell"},
    {"signal", "mapping", none, "a mapping such as {unit: vllm@a.service, signal: TERM}"},
    {"http", "URL or mapping", none, "a mapping such as {url: \"http://$server_host:9000/stop\"}"},
    {"timeout", "duration", "5m", a_duration},
};

constexpr Key http_keys[] = {
    {"url", "URL", required, "a URL such as \"http://$server_host:9000/stop\""},
    {"method", "word", "POST", "a method such as POST"},
    {"headers", "mapping of texts", none, "a mapping such as {X-Reason: restart}"},
    {"body", "text", none, "a text such as '{\"unit\": \"$server_name\"}'"},
    {"expect", "number or list", "any 2xx", "a status or a list such as [200, 202]"},
    {"unix_socket", "path", none, "an absolute path such as /run/supervisor.sock"},
};

constexpr Key signal_keys[] = {
    {"pidfile", "path", none, "an absolute path such as /run/vllm/$server_name.pid"},
    {"unit", "unit", none, a_unit},
    {"signal", "word", "TERM", "TERM, INT, QUIT, HUP, USR1 or USR2"},
    {"stop_timeout", "duration", "30s", a_duration},
};

constexpr Key ready_keys[] = {
    {"http", "URL", none, a_url},
    {"connect", "true", none, "true"},
    {"passes", "number", "3", "a number from 1 to 1000"},
    {"interval", "duration", "1s", a_duration},
    {"attempt_timeout", "duration", "5s", a_duration},
    {"timeout", "duration", "15m", a_duration},
    {"model", "text", none, "a model's name such as meta-llama/Llama-3.1-8B-Instruct"},
    {"one_token", "boolean", "false", a_boolean},
};

}  // namespace

namespace sections {
constinit const Section file{"The file", file_keys};
constinit const Section listen{"listen", listen_keys};
constinit const Section api{"listen.api", api_keys};
constinit const Section log{"log", log_keys};
constinit const Section balancer{"balancers.NAME", balancer_keys};
constinit const Section haproxy{"balancers.NAME.haproxy", haproxy_keys};
constinit const Section nginx{"balancers.NAME.nginx", nginx_keys};
constinit const Section service{"services.NAME", service_keys};
constinit const Section drain{"services.NAME.drain", drain_keys};
constinit const Section agent_check{"services.NAME.agent_check", agent_check_keys};
constinit const Section load_weight{"services.NAME.agent_check.load_weight", load_weight_keys};
constinit const Section server{"services.NAME.servers.NAME", server_keys};
constinit const Section hook{"stop, start", hook_keys};
constinit const Section http{"stop.http, start.http", http_keys};
constinit const Section signal{"stop.signal", signal_keys};
constinit const Section ready{"ready", ready_keys};
}  // namespace sections

std::span<const Section* const> all_sections() noexcept {
    using namespace sections;
    static constexpr const Section* all[] = {
        &file,  &listen,      &api,         &log,    &balancer, &haproxy, &nginx,  &service,
        &drain, &agent_check, &load_weight, &server, &hook,     &http,    &signal, &ready,
    };
    return all;
}

}  // namespace lbdrain::agent::yaml
