#include "config/read_server.hpp"

#include <map>

#include "config/hook_text.hpp"
#include "config/read_hook.hpp"
#include "lbdrain/hook/variables.hpp"
#include "lbdrain/yaml/places.hpp"

namespace lbdrain::agent::yaml {
namespace {

ReadyConfig default_ready() {
    ReadyConfig ready;
    ready.check.passes = defaults::ready_passes;
    ready.check.interval = std::chrono::milliseconds(defaults::ready_interval);
    return ready;
}

// A hook or check that stands in the mapping but is wrong must not be replaced by the default: what
// follows from that would be told as further mistakes.
template <class T>
void inherit(const Mapping& server, std::string_view key, T& to, const T& inherited) {
    if (!server.has(key)) {
        to = inherited;
    }
}

// Nothing is said of a server that has been called wrong already.
void check_filled_in(const Mapping& server, const ServerConfig& to, const std::string& service) {
    if (const auto why = unusable_for(to, service)) {
        server.wrong("server " + quoted(to.name) + " cannot use its " + *why);
    }
}

ServerConfig read_server(const Mapping& server, const ServerDefaults& defaults,
                         ListenedPorts& ports, const ServiceConfig& service) {
    ServerConfig to;
    to.name = server.label();
    const bool has_address = server.read("address", to.address, parse_server_address);
    ports.read(server, to.agent_check);
    to.metrics = defaults.metrics;
    server.read("metrics", to.metrics, parse_hook_url);
    to.metrics = hook::expand(to.metrics, {service.name, to.name, to.address});
    to.stop = read_hook(server, "stop", hook::Action::stop);
    to.start = read_hook(server, "start", hook::Action::start);
    to.ready = read_ready(server).value_or(default_ready());
    inherit(server, "stop", to.stop, defaults.stop);
    inherit(server, "start", to.start, defaults.start);
    inherit(server, "ready", to.ready, defaults.ready);
    if (service.load_weight && to.metrics.empty()) {
        server.wrong("missing \"metrics\" in " + quoted(to.name) +
                     ", which \"load_weight\" needs, expected " +
                     std::string(server.expected("metrics")));
    }
    if (has_address && server.mistakes().none()) {
        check_filled_in(server, to, service.name);
    }
    return to;
}

}  // namespace

ServerDefaults read_server_defaults(const Mapping& service) {
    ServerDefaults to;
    to.stop = read_hook(service, "stop", hook::Action::stop);
    to.start = read_hook(service, "start", hook::Action::start);
    to.ready = read_ready(service).value_or(default_ready());
    service.read("metrics", to.metrics, parse_hook_url);
    return to;
}

void read_servers(const Mapping& service, const ServerDefaults& defaults, ListenedPorts& ports,
                  ServiceConfig& to) {
    const Entry* all = service.find("servers");
    if (all == nullptr) {
        return;
    }
    Mistakes& mistakes = service.mistakes();
    std::map<std::string, Position> addresses;
    for (const Entry& entry :
         unique_entries(mistakes, *all->value, "servers", service.expected("servers"))) {
        std::string name;
        read_scalar(mistakes, *entry.key, "server", kNameExpected, name, parse_name);
        const Mapping server(mistakes, sections::server, *entry.value, entry.key->text,
                             entry.key->at, "a mapping such as {address: \"10.0.1.1:8000\"}");
        if (!server) {
            continue;
        }
        to.servers.push_back(read_server(server, defaults, ports, to));
        const std::string& address = to.servers.back().address;
        if (address.empty()) {
            continue;
        }
        const auto [first, is_new] = addresses.emplace(address, entry.key->at);
        if (!is_new) {
            server.wrong("address", "\"address\": " + quoted(address) +
                                        " is that of the server in line " +
                                        std::to_string(first->second.line) +
                                        " already, expected one address a server");
        }
    }
}

}  // namespace lbdrain::agent::yaml
