#include "config/read_services.hpp"

#include "config/read_server.hpp"
#include "config/service_balancers.hpp"
#include "lbdrain/yaml/places.hpp"
#include "lbdrain/yaml/scalars.hpp"

namespace lbdrain::agent::yaml {
namespace {

constexpr std::pair<std::string_view, OnTimeout> kOnTimeout[] = {
    {"readmit", OnTimeout::readmit},
    {"stop", OnTimeout::stop},
    {"wait", OnTimeout::wait},
};
constexpr std::pair<std::string_view, ReadyWord> kReadyWords[] = {
    {"until_confirmed", ReadyWord::until_confirmed},
    {"always", ReadyWord::always},
};

void read_drain(const Mapping& service, ServiceConfig& to) {
    const auto drain = service.mapping("drain", sections::drain);
    if (!drain) {
        return;
    }
    drain->read("settle", to.policy.settle, parse_duration);
    drain->read("timeout", to.policy.drain_timeout, parse_positive_duration);
    drain->read("on_timeout", to.policy.on_timeout,
                [](const YamlNode& node) { return parse_word<OnTimeout>(node, kOnTimeout); });
    Millis grace = 0;
    if (drain->read("sticky_grace", grace, parse_duration)) {
        to.sticky_grace = grace;
    }
}

LoadWeight read_load_weight(const Mapping& load) {
    LoadWeight to;
    load.read("min", to.min_percent,
              [](const YamlNode& node) { return parse_integer(node, 1, 100); });
    load.read("interval", to.interval, parse_positive_duration);
    load.read("smoothing", to.smoothing, parse_duration);
    load.read("full_at", to.full_at, parse_positive_number);
    return to;
}

void read_agent_check(const Mapping& service, ServiceConfig& to) {
    const auto check = service.mapping("agent_check", sections::agent_check);
    if (!check) {
        return;
    }
    if (const auto load = check->mapping("load_weight", sections::load_weight)) {
        to.load_weight = read_load_weight(*load);
        to.weight = true;
    }
    if (check->read("weight", to.weight, parse_boolean) && !to.weight && to.load_weight) {
        check->wrong("weight",
                     "\"weight\" is false, but \"load_weight\" needs it, expected true or no "
                     "\"load_weight\"");
    }
    check->read("ready", to.ready_word,
                [](const YamlNode& node) { return parse_word<ReadyWord>(node, kReadyWords); });
}

// The core takes a server's own times; these are for whoever asks the service alone.
void fill_policy(Policy& policy, const ServerDefaults& defaults) {
    if (defaults.stop) {
        policy.stop_timeout = defaults.stop->timeout;
    }
    if (defaults.start) {
        policy.start_timeout = defaults.start->timeout;
    }
    policy.ready_timeout = defaults.ready.timeout;
}

ServiceConfig read_service(const Mapping& service, const std::string& name,
                           const std::set<std::string>& balancer_names, ListenedPorts& ports) {
    ServiceConfig to;
    to.name = name;
    read_service_balancers(service, balancer_names, to);
    service.read("min_ready", to.min_ready,
                 [](const YamlNode& node) { return parse_integer(node, 0, 65536); });
    read_drain(service, to);
    service.read("slow_start", to.policy.slow_start, parse_duration);
    read_agent_check(service, to);
    const ServerDefaults defaults = read_server_defaults(service);
    fill_policy(to.policy, defaults);
    read_servers(service, defaults, ports, to);
    return to;
}

}  // namespace

void read_services(const Mapping& file, const std::set<std::string>& balancer_names,
                   ListenedPorts& ports, AgentConfig& config) {
    const Entry* all = file.find("services");
    if (all == nullptr) {
        return;
    }
    Mistakes& mistakes = file.mistakes();
    ServersAtBalancers taken(config.balancers);
    for (const Entry& entry :
         unique_entries(mistakes, *all->value, "services", file.expected("services"))) {
        std::string name = entry.key->text;
        read_scalar(mistakes, *entry.key, "service", kNameExpected, name, parse_name);
        const Mapping service(mistakes, sections::service, *entry.value, entry.key->text,
                              entry.key->at,
                              "a mapping such as {servers: {gpu-a: {address: ...}}}");
        if (!service) {
            continue;
        }
        config.services.push_back(read_service(service, name, balancer_names, ports));
        const ServiceConfig& added = config.services.back();
        taken.add(service, added);
        if (file.has("balancers") || !config.agent_check.empty() || added.servers.empty()) {
            continue;
        }
        for (const ServerConfig& server : added.servers) {
            if (server.agent_check.empty()) {
                service.wrong("no balancer would hear of " + quoted(added.name) + ": server " +
                              quoted(server.name) +
                              " has no \"agent_check\", expected \"balancers\" or "
                              "\"agent_check\" in \"listen\"");
                break;
            }
        }
    }
}

}  // namespace lbdrain::agent::yaml
