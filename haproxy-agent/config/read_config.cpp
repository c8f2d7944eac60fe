#include "config/read_config.hpp"

#include "config/listening.hpp"
#include "config/read_balancers.hpp"
#include "config/read_services.hpp"
#include "lbdrain/yaml/mapping.hpp"
#include "lbdrain/yaml/places.hpp"
#include "lbdrain/yaml/scalars.hpp"

namespace lbdrain::agent {
namespace {

using namespace yaml;

constexpr std::pair<std::string_view, std::string_view> kLevels[] = {
    {"debug", "debug"}, {"info", "info"}, {"warning", "warning"}, {"error", "error"}};

void read_api(const Mapping& listen, ApiListener& to) {
    const Entry* entry = listen.find("api");
    if (entry == nullptr || entry->value->kind != YamlNode::Kind::mapping) {
        listen.read("api", to.path, parse_unix_socket);
        return;
    }
    const Mapping api = *listen.mapping("api", sections::api);
    api.read("path", to.path, parse_unix_socket);
    api.read("mode", to.mode, parse_mode);
    api.read("user", to.user, parse_account);
    api.read("group", to.group, parse_account);
}

AgentConfig read_file(const Mapping& file) {
    AgentConfig config;
    config.api.path = "/run/lbdrain/agent.sock";
    config.state_dir = "/var/lib/lbdrain";
    config.hook_program = LBDRAIN_HOOK_PROGRAM;
    ListenedPorts ports;
    if (const auto listen = file.mapping("listen", sections::listen)) {
        read_api(*listen, config.api);
        ports.read(*listen, config.agent_check);
    }
    file.read("state_dir", config.state_dir, parse_absolute_path);
    file.read("hook_program", config.hook_program, parse_absolute_path);
    if (const auto log = file.mapping("log", sections::log)) {
        log->read("level", config.log_level,
                  [](const YamlNode& node) { return parse_word<std::string_view>(node, kLevels); });
    }
    const auto balancers = read_balancers(file, config.balancers);
    read_services(file, balancers, ports, config);
    return config;
}

}  // namespace

ConfigResult parse_config(std::string_view text, const std::string& name) {
    constexpr Layout layout{&sections::file, "a mapping such as {services: ..., balancers: ...}",
                            "expected at least \"services\""};
    AgentConfig config;
    const auto read =
        read_document(text, name, layout, [&](const Mapping& file) { config = read_file(file); });
    if (!read) {
        return std::unexpected(read.error());
    }
    return config;
}

ConfigResult read_config(const std::string& path) {
    const auto text = read_text(path);
    if (!text) {
        return std::unexpected(text.error());
    }
    return parse_config(*text, path);
}

}  // namespace lbdrain::agent
