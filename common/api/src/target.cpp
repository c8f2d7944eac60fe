#include "lbdrain/api/target.hpp"

namespace lbdrain::api {
namespace {

constexpr std::string_view version = "/v1/";

std::unexpected<Problem> unknown() {
    return std::unexpected(
        Problem{ProblemCode::not_found,
                "expected .../v1/status or .../v1/services/SERVICE/servers/SERVER[/ACTION]"});
}

}  // namespace

std::expected<Target, Problem> parse_path(std::string_view path) {
    if (!path.starts_with(version)) {
        return unknown();
    }
    path.remove_prefix(version.size());
    if (path == "status") {
        return Target{.status = true, .service = {}, .server = {}, .action = {}};
    }
    constexpr std::string_view services = "services/";
    constexpr std::string_view servers = "/servers/";
    const auto middle = path.find(servers);
    if (!path.starts_with(services) || middle == std::string_view::npos ||
        middle < services.size()) {
        return unknown();
    }
    Target target;
    target.service = path.substr(services.size(), middle - services.size());
    std::string_view rest = path.substr(middle + servers.size());
    if (const auto slash = rest.rfind('/'); slash != std::string_view::npos) {
        target.action = parse_action(rest.substr(slash + 1));
        if (target.action) {
            rest = rest.substr(0, slash);
        }
    }
    target.server = rest;
    if (target.service.empty() || target.server.empty()) {
        return unknown();
    }
    return target;
}

std::expected<Target, Problem> parse_path_below_prefix(std::string_view path) {
    // The first that makes sense: a server's name may hold a "/v1/" too, behind the API's own.
    for (auto at = path.find(version); at != std::string_view::npos;
         at = path.find(version, at + 1)) {
        if (auto target = parse_path(path.substr(at))) {
            return target;
        }
    }
    return unknown();
}

}  // namespace lbdrain::api
