#include "config/read_config.hpp"

#include <unistd.h>

#include <cstdlib>
#include <set>

#include "config/keys.hpp"
#include "config/server_spec.hpp"
#include "lbdrain/yaml/places.hpp"
#include "lbdrain/yaml/scalars.hpp"

namespace lbdrain::ctl {
namespace {

using namespace yaml;

constexpr std::string_view kMachineConfig = "/etc/lbdrain/drainctl.yaml";

Parsed<client::Endpoint> parse_api(const YamlNode& node) {
    auto endpoint = client::parse_endpoint(node.text);
    if (!endpoint) {
        return fault(endpoint.error());
    }
    return *endpoint;
}

Parsed<ServerSpec> parse_spec(const YamlNode& node) {
    auto spec = parse_server_spec(node.text);
    if (!spec) {
        return fault("is no server", "SERVICE/SERVER such as vllm/gpu-a");
    }
    return *spec;
}

void read_services(const Mapping& target, std::map<std::string, std::string>& to) {
    const Entry* entry = target.find("services");
    if (entry == nullptr) {
        return;
    }
    for (const Entry& each : unique_entries(target.mistakes(), *entry->value, "services",
                                            target.expected("services"))) {
        std::string ours;
        std::string theirs;
        const bool good =
            read_scalar(target.mistakes(), *each.key, "service", kNameExpected, ours, parse_name) &&
            read_scalar(target.mistakes(), *each.value, ours, "a word such as llm_pool", theirs,
                        parse_name_there);
        if (good) {
            to.emplace(std::move(ours), std::move(theirs));
        }
    }
}

void check_https(const Mapping& target, const client::Endpoint& endpoint) {
    for (const std::string_view key : {"ca_file", "client_certificate", "client_key"}) {
        if (target.has(key) && !endpoint.url.empty() && !endpoint.url.starts_with("https://")) {
            target.wrong(key, yaml::quoted(key) + " is for https, but \"api\" is " +
                                  yaml::quoted(shown(endpoint)));
        }
    }
    for (const auto& [one, other] : {std::pair("client_certificate", "client_key"),
                                     std::pair("client_key", "client_certificate")}) {
        if (target.has(one) && !target.has(other)) {
            target.wrong(one, yaml::quoted(one) + " without " + yaml::quoted(other) +
                                  ", expected both or none");
        }
    }
}

void read_targets(const Mapping& file, std::vector<TargetConfig>& to) {
    const Entry* all = file.find("targets");
    if (all == nullptr) {
        return;
    }
    Mistakes& mistakes = file.mistakes();
    for (const Entry& entry :
         unique_entries(mistakes, *all->value, "targets", file.expected("targets"))) {
        TargetConfig target;
        read_scalar(mistakes, *entry.key, "target", kNameExpected, target.name, parse_name);
        const Mapping what(mistakes, sections::target, *entry.value, entry.key->text, entry.key->at,
                           "a mapping such as {api: \"http://10.0.0.2:8081/drain\"}");
        if (!what) {
            continue;
        }
        what.read("api", target.endpoint, parse_api);
        what.read("token_file", target.endpoint.token_file, parse_absolute_path);
        what.read("ca_file", target.endpoint.ca_file, parse_absolute_path);
        what.read("client_certificate", target.endpoint.cert_file, parse_absolute_path);
        what.read("client_key", target.endpoint.key_file, parse_absolute_path);
        what.read("timeout", target.timeout, parse_positive_duration);
        check_https(what, target.endpoint);
        read_services(what, target.services);
        to.push_back(std::move(target));
    }
}

void read_units(const Mapping& file, std::vector<UnitConfig>& to) {
    const Entry* all = file.find("units");
    if (all == nullptr) {
        return;
    }
    Mistakes& mistakes = file.mistakes();
    for (const Entry& entry :
         unique_entries(mistakes, *all->value, "units", file.expected("units"))) {
        UnitConfig unit{entry.key->text, {}};
        const std::string& name = unit.unit;
        if (!name.ends_with(".service") || name.find('/') != std::string::npos) {
            mistakes.add(entry.key->at, yaml::quoted(name) +
                                            " is no service unit, expected a full name such as "
                                            "vllm-a.service or vllm@.service");
            continue;
        }
        const auto take = [&](const YamlNode& node) {
            ServerSpec spec;
            if (!read_scalar(mistakes, node, yaml::quoted(name),
                             "SERVICE/SERVER such as vllm/gpu-%i", spec, parse_spec)) {
                return;
            }
            if (to_string(spec).find("%i") != std::string::npos &&
                name.find("@.") == std::string::npos) {
                mistakes.add(node.at, yaml::quoted(node.text) + " has \"%i\", but " +
                                          yaml::quoted(name) +
                                          " is no template such as vllm@.service");
                return;
            }
            unit.servers.push_back(std::move(spec));
        };
        if (entry.value->kind == YamlNode::Kind::list) {
            for (const YamlNode* node : entry.value->items) {
                take(*node);
            }
        } else {
            take(*entry.value);
        }
        to.push_back(std::move(unit));
    }
}

CtlConfig read_all(const Mapping& file) {
    CtlConfig config;
    read_targets(file, config.targets);
    read_units(file, config.units);
    file.read("max_unavailable", config.max_unavailable,
              [](const YamlNode& node) { return parse_integer(node, 1, 10'000); });
    file.read("state_dir", config.state_dir, parse_absolute_path);
    if (const auto hooks = file.mapping("unit_hooks", sections::unit_hooks)) {
        UnitHookConfig& to = config.unit_hooks;
        hooks->read("drain_timeout", to.drain_timeout, parse_positive_duration);
        hooks->read("turn_timeout", to.turn_timeout, parse_duration);
        hooks->read("unreachable_timeout", to.unreachable_timeout, parse_duration);
        hooks->read("ready_timeout", to.ready_timeout, parse_positive_duration);
    }
    return config;
}

void default_target(CtlConfig& config) {
    if (config.targets.empty()) {
        config.targets.push_back(target_of(*client::parse_endpoint(kDefaultApi)));
        config.targets.back().name = "agent";
    }
}

}  // namespace

TargetConfig target_of(const client::Endpoint& endpoint) {
    TargetConfig target;
    // "agent.sock", "10.0.0.2:8081".
    const std::string where = endpoint.unix_socket.empty() ? endpoint.url : endpoint.unix_socket;
    const std::size_t scheme = where.find("://");
    const std::string place =
        scheme == std::string::npos
            ? where.substr(where.rfind('/') + 1)
            : where.substr(scheme + 3, where.find('/', scheme + 3) - scheme - 3);
    target.name = place.empty() ? shown(endpoint) : place;
    target.endpoint = endpoint;
    return target;
}

ConfigResult parse_config(std::string_view text, const std::string& name) {
    constexpr Layout layout{&sections::file, "a mapping such as {targets: ..., units: ...}", ""};
    CtlConfig config;
    const auto read =
        read_document(text, name, layout, [&](const Mapping& file) { config = read_all(file); });
    if (!read) {
        return std::unexpected(read.error());
    }
    config.file = name;
    default_target(config);
    return config;
}

ConfigResult read_config(const std::string& path) {
    const auto text = read_text(path);
    if (!text) {
        return std::unexpected(text.error());
    }
    return parse_config(*text, path);
}

std::vector<std::string> config_paths() {
    std::vector<std::string> paths;
    // NOLINTBEGIN(concurrency-mt-unsafe): nobody sets variables here.
    const char* config = std::getenv("XDG_CONFIG_HOME");
    const char* home = std::getenv("HOME");
    // NOLINTEND(concurrency-mt-unsafe)
    if (config != nullptr && *config == '/') {
        paths.push_back(std::string(config) + "/lbdrain/drainctl.yaml");
    } else if (home != nullptr && *home == '/') {
        paths.push_back(std::string(home) + "/.config/lbdrain/drainctl.yaml");
    }
    paths.emplace_back(LBDRAIN_CTL_CONFIG);
    if (paths.back() != kMachineConfig) {
        paths.emplace_back(kMachineConfig);
    }
    return paths;
}

ConfigResult find_config() {
    for (const std::string& path : config_paths()) {
        if (::access(path.c_str(), F_OK) == 0) {
            return read_config(path);
        }
    }
    CtlConfig config;
    default_target(config);
    return config;
}

}  // namespace lbdrain::ctl
