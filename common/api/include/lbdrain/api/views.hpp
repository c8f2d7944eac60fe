// What the drain API shows: plain values and their JSON. The module and the agent fill them in;
// no I/O and no balancer is known here.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "lbdrain/sequence.hpp"

namespace lbdrain::api {

// A server as one balancer has it; of the agent, which may stand behind several.
struct BalancerServerView {
    std::string name;       // of the balancer
    bool known = false;     // it has such a server
    bool complete = false;  // every process of every generation could be read
    bool out = false;       // none of them can route a new request to it
    bool in = false;        // all that take new connections may
    bool up = false;        // `in`, and its health checks, if any, pass
    bool by_hand = false;   // out of rotation though nobody here wanted that
    std::uint64_t in_flight = 0;
    std::uint64_t queued = 0;
    std::string obstacle;  // what stands in the way of `out` or `in`, if anything
};

struct ServerView {
    std::string service;  // shown in progress lines only
    std::string name;
    std::string address;
    ServerState state = ServerState::ready;
    std::uint64_t in_flight = 0;
    std::uint64_t queued = 0;
    // Of a balancer itself; an agent says it of each of `balancers`.
    std::optional<bool> complete;  // every process of every generation is counted
    std::optional<bool> out;       // none of them can route a new request to it
    unsigned weight = 1;
    bool backup = false;
    bool configured_down = false;    // `down` in the balancer's own configuration
    std::string held_by;             // the server whose sequence holds this one out, if any
    std::int64_t since_unix_ms = 0;  // 0: never changed
    bool stop_hook = false;          // it has one, so it can be stopped from here
    bool start_hook = false;
    std::uint64_t sequence_id = 0;  // of the running sequence
    Goal goal = Goal::none;         // of the running sequence; none: none runs
    std::string waiting_for;
    std::int64_t deadline_unix_ms = 0;  // 0: none
    std::string by;                     // of the running sequence, else of the last one
    std::string reason;
    Ending last;
    std::int64_t last_at_unix_ms = 0;
    std::vector<BalancerServerView> balancers;  // not shown if empty
};

struct ServiceView {
    std::string name;
    bool managed = true;
    std::string unmanaged_because;
    unsigned min_ready = 1;
    std::vector<ServerView> servers;
};

// A balancer that the agent drives.
struct BalancerView {
    std::string name;
    std::string kind;  // "haproxy", "nginx"
    bool reachable = false;
    std::string error;                  // why not
    std::string version;                // "HAProxy 2.6.12", "nginx/1.22.1"
    unsigned workers = 0;               // processes that take new connections
    unsigned stopping = 0;              // processes that finish what they have
    std::string counting;               // how zero is known, one line
    std::vector<std::string> warnings;  // of its configuration
};

struct StatusView {
    std::string program;           // "ngx_http_drain_module", "drain-agent"
    std::string version;           // of lbdrain
    std::string balancer_version;  // "nginx/1.22.1"
    bool writable = false;
    unsigned workers = 0;  // that are counted in the shared state
    std::vector<ServiceView> services;
    std::vector<BalancerView> balancers;  // not shown if empty
};

// Each ends with a newline.
std::string to_json(const ServerView& view);
std::string to_json(const StatusView& view);
// One line about a server: {"event":...,"service":...,"server":{...}}, event "progress" or "done"
// of a wait, "state" or "changed" of /v1/events. (ending.hpp has "failed" and "interrupted".)
std::string progress_line(const char* event, const ServerView& view);

// "2026-01-31T12:00:00.250Z"
std::string rfc3339(std::int64_t unix_ms);

}  // namespace lbdrain::api
