// What a test says about its HAProxy, and the haproxy.cfg made from it. Plain values.
#pragma once

#include <filesystem>
#include <map>
#include <string>

namespace lbdrain::test {

enum class HaproxyMode {
    master_worker,  // -W -S: reloads with USR2, a master socket
    single,         // one process: reloads start another one with -sf OLD -x admin.sock
};

// In all texts @DIR@ stands for HAProxy's own directory.
struct HaproxyOptions {
    HaproxyMode mode = HaproxyMode::master_worker;
    std::string proxies = {};   // frontend, backend and listen sections
    std::string defaults = {};  // more lines of the defaults section
    std::string global = {};    // more lines of the global section
    std::string lua = {};       // path for lua-load
    bool server_state = false;  // every reload loads state_file() (server-state-file)
    std::string stats_level = "admin";
    std::string master_level = "admin";
    std::string config = {};                      // if set, the whole haproxy.cfg
    std::map<std::string, std::string> env = {};  // environment of the first start
    std::string binary = {};                      // empty: $LBDRAIN_HAPROXY, else /usr/sbin/haproxy
};

// The base: http mode, redispatch, generous timeouts, an admin socket that hands over listeners,
// and a log on stdout.
std::string haproxy_conf(const HaproxyOptions& options, const std::filesystem::path& directory);

std::string haproxy_binary(const HaproxyOptions& options);

}  // namespace lbdrain::test
