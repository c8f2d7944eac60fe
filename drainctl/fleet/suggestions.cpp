// Names that are none, and what was probably meant.
#include <algorithm>

#include "fleet/fleet.hpp"
#include "lbdrain/yaml/near_miss.hpp"

namespace lbdrain::ctl {
namespace {

constexpr std::size_t few = 8;

std::string listed(const std::vector<std::string>& names) {
    std::string text;
    for (std::size_t i = 0; i < std::min(names.size(), few); ++i) {
        text += (i == 0 ? "" : ", ") + names[i];
    }
    return names.size() > few ? text + ", and " + std::to_string(names.size() - few) + " more"
                              : text;
}

// What follows "there is no ...".
std::string hint(std::string_view typed, const std::vector<std::string>& names,
                 const std::string& prefix, std::string_view none) {
    if (names.empty()) {
        return "; " + std::string(none);
    }
    const std::vector<std::string_view> words(names.begin(), names.end());
    if (const auto near = yaml::near_miss(typed, words)) {
        return ", did you mean " + prefix + std::string(*near) + "?";
    }
    return "; there is " + listed(names);
}

}  // namespace

std::string unknown_service(const Fleet& fleet, std::string_view service) {
    std::vector<std::string> names;
    names.reserve(fleet.services.size());
    for (const FleetService& each : fleet.services) {
        names.push_back(each.name);
    }
    return "no service \"" + std::string(service) + "\"" +
           hint(service, names, "", "the targets have none");
}

std::string unknown_server(const Fleet& fleet, const ServerSpec& spec) {
    const FleetService* service = fleet.service(spec.service);
    if (service == nullptr) {
        return unknown_service(fleet, spec.service);
    }
    std::vector<std::string> names;
    for (const FleetServer* server : fleet.servers_of(spec.service)) {
        names.push_back(server->name.server);
    }
    if (names.empty() && !service->unmanaged_because.empty()) {
        return "service \"" + spec.service + "\" is not managed: " + service->unmanaged_because;
    }
    return "no server \"" + spec.server + "\" in service \"" + spec.service + "\"" +
           hint(spec.server, names, spec.service + "/", "the service has none");
}

}  // namespace lbdrain::ctl
