// The agent's configuration as plain values: what agent.yaml says, defaults filled in, checked.
//
// Values only; read_config.hpp makes one from a file. Times are milliseconds, as in the core.
#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <variant>
#include <vector>

#include "lbdrain/defaults.hpp"
#include "lbdrain/hook/task.hpp"
#include "lbdrain/sequence.hpp"

namespace lbdrain::agent {

// The drain API's unix socket.
struct ApiListener {
    std::string path;  // absolute
    unsigned mode = 0660;
    std::string user;   // owner; empty: as created
    std::string group;  // empty: as created
};

// What happens with HAProxy workers that are left over from before a reload: they go on routing and
// take no `set server` (server.c, "Proxy is disabled.").
enum class OldWorkers {
    automatic,  // the Lua command where it is loaded, else wait until they have exited
    lua,        // the Lua command; a worker that does not have it holds the drain up, said as error
    exit,       // wait until they have exited
};

struct HaproxyConfig {
    std::string stats_socket;       // "unix:/run/haproxy/admin.sock" or "host:port"
    std::string master_socket;      // likewise; empty: none
    std::string server_state_file;  // HAProxy's `server-state-file`; empty: not written
    OldWorkers old_workers = OldWorkers::automatic;
};

struct NginxConfig {
    std::string api;         // "http://10.0.0.2:8081/drain": the location of `drain_api write=on`
    std::string token_file;  // its content is sent as a bearer token; empty: none
    std::string ca_file;     // for https; empty: the system's
};

struct BalancerConfig {
    std::string name;
    Millis timeout = 5000;  // of one exchange with it
    std::variant<HaproxyConfig, NginxConfig> what;
};

// A stop or start hook, $variables not yet expanded.
struct HookConfig {
    Millis timeout = defaults::hook_timeout;
    decltype(hook::Task::what) what;
};

struct ReadyConfig {
    Millis timeout = defaults::ready_timeout;
    hook::ReadyCheck check;  // an empty url: a TCP connect
};

struct ServerConfig {
    std::string name;     // in HAProxy and in the drain API
    std::string address;  // "10.0.1.1:8000"; NGINX knows the server by it
    std::optional<HookConfig> stop;
    std::optional<HookConfig> start;
    ReadyConfig ready;
    std::vector<std::string> agent_check;  // "host:port": ports that speak of this server alone
    std::string metrics;                   // URL, for the load-aware weight; empty: none
};

// When the agent-check answer carries the word `ready`, which ends any drain, an operator's too.
enum class ReadyWord {
    until_confirmed,  // after a readmission, until every balancer shows the server in rotation
    always,           // the agent owns the admin state: what an operator sets by hand is undone
};

struct LoadWeight {
    unsigned min_percent = 25;
    Millis interval = 1000;     // between two scrapes
    Millis smoothing = 10'000;  // time constant
    double full_at = 64;        // requests running + waiting at which min_percent is said
};

inline constexpr Millis default_sticky_grace = 30'000;

struct ServiceConfig {
    std::string name;  // in the drain API; the backend's and upstream's name unless `balancers` say
    // Balancers that have this service, and its name there.
    std::map<std::string, std::string> balancers;
    unsigned min_ready = defaults::min_ready;
    Policy policy;  // drain, hook and ready times; slow_start
    // How long sticky requests may go on in DRAIN before MAINT sends them elsewhere; not set:
    // default_sticky_grace. Without any request left DRAIN becomes MAINT at once.
    std::optional<Millis> sticky_grace;
    bool weight = false;  // the agent-check answer carries a weight in percent
    ReadyWord ready_word = ReadyWord::until_confirmed;
    std::optional<LoadWeight> load_weight;
    std::vector<ServerConfig> servers;
};

struct AgentConfig {
    ApiListener api;
    std::vector<std::string> agent_check;  // shared ports, "host:port"; may be none
    std::string state_dir;                 // absolute
    std::string hook_program;              // absolute; lbdrain-hook
    std::string log_level = "info";        // debug, info, warning, error
    std::vector<BalancerConfig> balancers;
    std::vector<ServiceConfig> services;
};

}  // namespace lbdrain::agent
