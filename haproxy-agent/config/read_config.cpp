#include "config/read_config.hpp"

#include <array>
#include <cerrno>
#include <cstdio>
#include <cstring>
#include <memory>

#include "config/listening.hpp"
#include "config/mapping.hpp"
#include "config/places.hpp"
#include "config/read_balancers.hpp"
#include "config/read_services.hpp"
#include "config/scalars.hpp"

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

std::unexpected<std::vector<ConfigError>> refuse(const std::string& name, std::string message) {
    return std::unexpected(std::vector{ConfigError{name, 0, 0, std::move(message)}});
}

std::string too_large() {
    return "larger than " + std::to_string(kMaxConfigBytes) + " bytes, the limit";
}

}  // namespace

ConfigResult parse_config(std::string_view text, const std::string& name) {
    if (text.size() > kMaxConfigBytes) {
        return refuse(name, too_large());
    }
    const auto document = parse_yaml(text);
    Mistakes mistakes(name);
    if (!document) {
        mistakes.add(document.error().at, document.error().message);
        return std::unexpected(mistakes.take());
    }
    if (document->root == nullptr || document->root->kind == YamlNode::Kind::null) {
        return refuse(name, "empty, expected at least \"services\"");
    }
    const Mapping file(mistakes, sections::file, *document->root, "", document->root->at,
                       "a mapping such as {services: ..., balancers: ...}");
    AgentConfig config = file ? read_file(file) : AgentConfig();
    if (!mistakes.none()) {
        return std::unexpected(mistakes.take());
    }
    return config;
}

ConfigResult read_config(const std::string& path) {
    const std::unique_ptr<std::FILE, decltype([](std::FILE* file) { std::fclose(file); })> file(
        std::fopen(path.c_str(), "re"));
    if (!file) {
        return refuse(path, std::string("cannot open it: ") + std::strerror(errno));
    }
    std::string text;
    std::array<char, 16384> block{};
    while (const std::size_t count = std::fread(block.data(), 1, block.size(), file.get())) {
        text.append(block.data(), count);
        if (text.size() > kMaxConfigBytes) {
            return refuse(path, too_large());
        }
    }
    if (std::ferror(file.get()) != 0) {
        return refuse(path, std::string("cannot read it: ") + std::strerror(errno));
    }
    return parse_config(text, path);
}

}  // namespace lbdrain::agent
