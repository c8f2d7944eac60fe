// What the drain API shows: plain values and their JSON. The module and the agent fill them in;
// no I/O and no balancer is known here.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "lbdrain/sequence.hpp"

namespace lbdrain::api {

struct ServerView {
    std::string service;  // shown in progress lines only
    std::string name;
    std::string address;
    ServerState state = ServerState::ready;
    std::uint64_t in_flight = 0;
    std::uint64_t queued = 0;
    unsigned weight = 1;
    bool backup = false;
    bool configured_down = false;    // `down` in the balancer's own configuration
    std::string held_by;             // the server whose sequence holds this one out, if any
    std::int64_t since_unix_ms = 0;  // 0: never changed
    Goal goal = Goal::none;          // of the running sequence; none: none runs
    std::string waiting_for;
    std::int64_t deadline_unix_ms = 0;  // 0: none
    std::string by;
    std::string reason;
    Ending last;
    std::int64_t last_at_unix_ms = 0;
};

struct ServiceView {
    std::string name;
    bool managed = true;
    std::string unmanaged_because;
    unsigned min_ready = 1;
    std::vector<ServerView> servers;
};

struct StatusView {
    std::string program;           // "ngx_http_drain_module", "drain-agent"
    std::string version;           // of lbdrain
    std::string balancer_version;  // "nginx/1.22.1"
    bool writable = false;
    unsigned workers = 0;  // that are counted in the shared state
    std::vector<ServiceView> services;
};

// Each ends with a newline.
std::string to_json(const ServerView& view);
std::string to_json(const StatusView& view);
// One progress line of a wait: {"event":"progress"|"done"|"failed","server":{...}}.
std::string progress_line(const char* event, const ServerView& view);

// "2026-01-31T12:00:00.250Z"
std::string rfc3339(std::int64_t unix_ms);

}  // namespace lbdrain::api
