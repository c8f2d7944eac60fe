// The module's configuration, as the directives leave it and as setup.cpp completes it.
//
// One MainConf a configuration cycle. The objects stand in the cycle's pool and are destroyed with
// it; nothing here outlives a reload but the state file, which all cycles share.
#pragma once

#include <chrono>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <unordered_map>
#include <variant>
#include <vector>

#include "lbdrain/hook/task.hpp"
#include "lbdrain/sequence.hpp"
#include "src/ngx.hpp"
#include "src/peer_table.hpp"
#include "state/layout.hpp"

namespace lbdrain::nginx {

// A hook or ready check as configured: texts may hold $server and the like (hook_task.hpp).
struct HookConf {
    decltype(hook::Task::what) what;
    std::chrono::milliseconds timeout{};
};

// What http and upstream blocks may say; an upstream's own word wins.
struct Options {
    std::optional<Millis> timeout;
    std::optional<Millis> settle;
    std::optional<OnTimeout> on_timeout;
    std::optional<unsigned> min_ready;
};

struct Server {
    std::string name;  // as written in the `server` directive if that is one address, else address
    std::string address;      // "127.0.0.1:8001", "unix:/run/vllm.sock"
    std::uint32_t index = 0;  // in the state file
    unsigned weight = 1;
    bool backup = false;
    bool down = false;  // in the configuration itself
};

// One upstream that is managed.
struct Group {
    std::string name;
    ngx_http_upstream_srv_conf_t* upstream = nullptr;
    ngx_http_upstream_init_peer_pt original_init = nullptr;
    std::vector<Server> servers;
    PeerTable table;  // socket address -> index in the state file
    Options options;
    std::optional<HookConf> stop;
    std::optional<HookConf> start;
    HookConf ready;
    std::uint32_t applied_epoch = 0;  // this process applied the states of this epoch

    const Server* find(std::string_view name_or_address) const noexcept;
    Policy policy() const noexcept;
    unsigned min_ready() const noexcept { return options.min_ready.value_or(defaults::min_ready); }
};

struct Unmanaged {
    std::string name;
    std::string why;
};

// Where a server of the state file stands in this configuration.
struct Place {
    Group* group = nullptr;
    const Server* server = nullptr;
};

struct UpstreamConf {
    Options options;
    std::optional<HookConf> stop;
    std::optional<HookConf> start;
    std::optional<HookConf> ready;
    bool off = false;
    bool touched = false;  // some directive of ours stands in the block
    Group* group = nullptr;
};

struct MainConf {
    bool enabled = false;
    std::string path;
    Extent extent{256, 1024};
    std::string hook_program = LBDRAIN_HOOK_PROGRAM;
    bool needs_state = false;  // some directive was seen that needs drain_state
    uid_t worker_uid = static_cast<uid_t>(-1);
    gid_t worker_gid = static_cast<gid_t>(-1);
    ngx_cycle_t* cycle = nullptr;  // that this configuration belongs to
    std::uint32_t generation = 0;
    std::vector<std::unique_ptr<Group>> groups;
    std::vector<Unmanaged> unmanaged;
    std::unordered_map<std::uint32_t, Place> places;

    Group* find(std::string_view service) const noexcept;
};

struct LocationConf {
    bool api = false;
    bool write = false;
};

}  // namespace lbdrain::nginx
