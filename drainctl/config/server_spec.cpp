#include "config/server_spec.hpp"

#include <algorithm>

namespace lbdrain::ctl {
namespace {

std::string replaced(std::string text, std::string_view instance) {
    constexpr std::string_view variable = "%i";
    for (std::size_t at = text.find(variable); at != std::string::npos;
         at = text.find(variable, at + instance.size())) {
        text.replace(at, variable.size(), instance);
    }
    return text;
}

}  // namespace

std::string to_string(const ServerSpec& spec) {
    return spec.service + "/" + spec.server;
}

std::expected<ServerSpec, std::string> parse_server_spec(std::string_view text) {
    const std::size_t slash = text.find('/');
    if (slash == std::string_view::npos || slash == 0 || slash + 1 == text.size()) {
        return std::unexpected("expected SERVICE/SERVER such as vllm/gpu-a");
    }
    return ServerSpec{std::string(text.substr(0, slash)), std::string(text.substr(slash + 1))};
}

UnitName split_unit(std::string_view unit) {
    const std::size_t at = unit.find('@');
    const std::size_t dot = unit.rfind('.');
    if (at == std::string_view::npos || dot == std::string_view::npos || dot < at ||
        at + 1 == dot) {
        return {std::string(unit), ""};
    }
    return {std::string(unit.substr(0, at + 1)) + std::string(unit.substr(dot)),
            std::string(unit.substr(at + 1, dot - at - 1))};
}

std::vector<ServerSpec> servers_of(const CtlConfig& config, std::string_view unit) {
    const UnitName name = split_unit(unit);
    auto found = std::ranges::find(config.units, unit, &UnitConfig::unit);
    if (found == config.units.end() && !name.instance.empty()) {
        found = std::ranges::find(config.units, name.name, &UnitConfig::unit);
    }
    if (found == config.units.end()) {
        return {};
    }
    std::vector<ServerSpec> servers;
    for (const ServerSpec& each : found->servers) {
        servers.push_back(
            {replaced(each.service, name.instance), replaced(each.server, name.instance)});
    }
    return servers;
}

}  // namespace lbdrain::ctl
