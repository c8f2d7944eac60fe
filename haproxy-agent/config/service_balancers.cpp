#include "config/service_balancers.hpp"

#include "lbdrain/yaml/near_miss.hpp"
#include "lbdrain/yaml/places.hpp"

namespace lbdrain::agent::yaml {
namespace {

// Notes a name that no balancer has.
bool is_known(Mistakes& mistakes, const YamlNode& node, const std::set<std::string>& names) {
    if (names.contains(node.text)) {
        return true;
    }
    std::string message = "unknown balancer " + quoted(node.text);
    const std::vector<std::string_view> words(names.begin(), names.end());
    if (const auto near = near_miss(node.text, words)) {
        message += ", did you mean " + quoted(*near) + "?";
    } else {
        message += ", expected a name that stands in \"balancers\" of the file";
    }
    mistakes.add(node.at, std::move(message));
    return false;
}

}  // namespace

void read_service_balancers(const Mapping& service, const std::set<std::string>& names,
                            ServiceConfig& to) {
    const Entry* entry = service.find("balancers");
    if (entry == nullptr) {
        for (const std::string& name : names) {
            to.balancers.emplace(name, to.name);
        }
        return;
    }
    Mistakes& mistakes = service.mistakes();
    if (entry->value->kind == YamlNode::Kind::mapping) {
        for (const auto& [key, value] :
             unique_entries(mistakes, *entry->value, "balancers", service.expected("balancers"))) {
            std::string name_there;
            if (read_scalar(mistakes, *value, quoted(key->text),
                            "the name of the backend or upstream there such as vllm", name_there,
                            parse_name_there) &&
                is_known(mistakes, *key, names)) {
                to.balancers.emplace(key->text, name_there);
            }
        }
        return;
    }
    service.each_item("balancers", [&](const YamlNode& node) {
        if (!is_kind(mistakes, node, YamlNode::Kind::scalar, "\"balancers\"",
                     service.expected("balancers")) ||
            !is_known(mistakes, node, names)) {
            return;
        }
        if (!to.balancers.emplace(node.text, to.name).second) {
            mistakes.add(node.at, "balancer " + quoted(node.text) + " is named twice");
        }
    });
}

ServersAtBalancers::ServersAtBalancers(const std::vector<BalancerConfig>& balancers) {
    for (const BalancerConfig& balancer : balancers) {
        if (std::holds_alternative<NginxConfig>(balancer.what)) {
            nginx_.insert(balancer.name);
        }
    }
}

void ServersAtBalancers::add(const Mapping& service, const ServiceConfig& config) {
    for (const auto& [balancer, name_there] : config.balancers) {
        for (const ServerConfig& server : config.servers) {
            const std::string& id = nginx_.contains(balancer) ? server.address : server.name;
            std::string key = balancer;
            key.append("\n").append(name_there).append("\n").append(id);
            const auto [first, is_new] = taken_.emplace(std::move(key), config.name);
            if (!is_new && first->second != config.name) {
                service.wrong("server " + quoted(id) + " of " + quoted(name_there) +
                              " at balancer " + quoted(balancer) + " belongs to service " +
                              quoted(first->second) + " already, expected one service for it");
            }
        }
    }
}

}  // namespace lbdrain::agent::yaml
