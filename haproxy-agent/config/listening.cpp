#include "config/listening.hpp"

#include <algorithm>

#include "lbdrain/yaml/places.hpp"

namespace lbdrain::agent::yaml {
namespace {

// Whether the kernel would refuse to bind the second of two on one port: alike, or one of them is
// every address of its family.
bool clash(const std::string& a, const std::string& b) {
    const bool both_v6 = a.starts_with('[') && b.starts_with('[');
    const bool both_v4 = !a.starts_with('[') && !b.starts_with('[');
    const std::string_view every = both_v6 ? "[::]" : "0.0.0.0";
    return a == b || ((both_v4 || both_v6) && (a == every || b == every));
}

}  // namespace

void ListenedPorts::read(const Mapping& mapping, std::vector<std::string>& to) {
    mapping.each_item("agent_check", [&](const YamlNode& node) {
        std::string address;
        if (!read_scalar(mapping.mistakes(), node, "\"agent_check\"",
                         mapping.expected("agent_check"), address, parse_listen_address)) {
            return;
        }
        Use use{std::string(host_of(address)), std::string(port_of(address)), node.at};
        const auto first = std::ranges::find_if(uses_, [&](const Use& other) {
            return other.port == use.port && clash(other.host, use.host);
        });
        if (first != uses_.end()) {
            mapping.mistakes().add(
                node.at, "\"agent_check\": the port of " + quoted(address) + " is used in line " +
                             std::to_string(first->at.line) + " already, expected another one");
            return;
        }
        uses_.push_back(std::move(use));
        to.push_back(std::move(address));
    });
}

}  // namespace lbdrain::agent::yaml
