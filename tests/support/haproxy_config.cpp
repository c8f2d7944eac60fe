#include "haproxy_config.hpp"

#include <cstdlib>

namespace lbdrain::test {
namespace {

constexpr std::string_view placeholder = "@DIR@";

std::string whole_text(const HaproxyOptions& options) {
    if (!options.config.empty()) {
        return options.config;
    }
    std::string text =
        "global\n    nbthread 2\n    maxconn 1000\n    log stdout format raw daemon\n";
    text += "    stats socket @DIR@/admin.sock mode 600 level " + options.stats_level +
            " expose-fd listeners\n    stats timeout 60s\n";
    if (options.server_state) {
        text += "    server-state-file @DIR@/server-state\n";
    }
    if (!options.lua.empty()) {
        text += "    lua-load " + options.lua + "\n";
    }
    text += options.global +
            "\ndefaults\n    mode http\n    log global\n    option httplog\n"
            "    option redispatch\n    timeout connect 2s\n    timeout client 60s\n"
            "    timeout server 60s\n    timeout queue 10s\n";
    if (options.server_state) {
        text += "    load-server-state-from-file global\n";
    }
    return text + options.defaults + "\n" + options.proxies + "\n";
}

}  // namespace

std::string haproxy_conf(const HaproxyOptions& options, const std::filesystem::path& directory) {
    auto text = whole_text(options);
    const auto path = directory.string();
    for (auto at = text.find(placeholder); at != std::string::npos;
         at = text.find(placeholder, at + path.size())) {
        text.replace(at, placeholder.size(), path);
    }
    return text;
}

std::string haproxy_binary(const HaproxyOptions& options) {
    if (!options.binary.empty()) {
        return options.binary;
    }
    const char* binary = std::getenv("LBDRAIN_HAPROXY");
    return binary != nullptr && *binary != '\0' ? binary : "/usr/sbin/haproxy";
}

}  // namespace lbdrain::test
