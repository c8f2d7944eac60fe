#include "config/read_balancers.hpp"

#include "lbdrain/yaml/places.hpp"
#include "lbdrain/yaml/scalars.hpp"

namespace lbdrain::agent::yaml {
namespace {

constexpr std::pair<std::string_view, OldWorkers> kOldWorkers[] = {
    {"automatic", OldWorkers::automatic},
    {"lua", OldWorkers::lua},
    {"exit", OldWorkers::exit},
};

HaproxyConfig read_haproxy(const Mapping& haproxy) {
    HaproxyConfig to;
    haproxy.read("stats_socket", to.stats_socket, parse_socket);
    haproxy.read("master_socket", to.master_socket, parse_socket);
    haproxy.read("server_state_file", to.server_state_file, parse_absolute_path);
    haproxy.read("old_workers", to.old_workers,
                 [](const YamlNode& node) { return parse_word<OldWorkers>(node, kOldWorkers); });
    if (!to.master_socket.empty() && to.master_socket == to.stats_socket) {
        haproxy.wrong("master_socket",
                      "\"master_socket\" is the same as \"stats_socket\", expected the socket of "
                      "HAProxy's option -S");
    }
    return to;
}

NginxConfig read_nginx(const Mapping& nginx) {
    NginxConfig to;
    nginx.read("api", to.api, parse_api_url);
    nginx.read("token_file", to.token_file, parse_absolute_path);
    nginx.read("ca_file", to.ca_file, parse_absolute_path);
    if (nginx.has("ca_file") && to.api.starts_with("http://")) {
        nginx.wrong("ca_file", "\"ca_file\" is for https, but \"api\" is " + quoted(to.api));
    }
    return to;
}

}  // namespace

std::set<std::string> read_balancers(const Mapping& file, std::vector<BalancerConfig>& to) {
    std::set<std::string> names;
    const Entry* all = file.find("balancers");
    if (all == nullptr) {
        return names;
    }
    Mistakes& mistakes = file.mistakes();
    for (const Entry& entry :
         unique_entries(mistakes, *all->value, "balancers", file.expected("balancers"))) {
        BalancerConfig balancer;
        read_scalar(mistakes, *entry.key, "balancer", kNameExpected, balancer.name, parse_name);
        names.insert(entry.key->text);
        const Mapping what(mistakes, sections::balancer, *entry.value, entry.key->text,
                           entry.key->at, "a mapping such as {haproxy: {stats_socket: ...}}");
        if (!what) {
            continue;
        }
        what.read("timeout", balancer.timeout, parse_positive_duration);
        const auto haproxy = what.mapping("haproxy", sections::haproxy);
        const auto nginx = what.mapping("nginx", sections::nginx);
        if (haproxy && nginx) {
            what.wrong(quoted(what.label()) +
                       " has both \"haproxy\" and \"nginx\", expected exactly one of them");
        } else if (haproxy) {
            balancer.what = read_haproxy(*haproxy);
        } else if (nginx) {
            balancer.what = read_nginx(*nginx);
        } else if (!what.has_unknown_keys()) {
            what.wrong(quoted(what.label()) +
                       " does not say what it is, expected \"haproxy\" or \"nginx\"");
        }
        to.push_back(std::move(balancer));
    }
    return names;
}

}  // namespace lbdrain::agent::yaml
