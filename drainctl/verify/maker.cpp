#include "verify/maker.hpp"

namespace lbdrain::ctl {
namespace {

bool holds(std::string_view text, std::string_view part) {
    return text.find(part) != std::string_view::npos;
}

}  // namespace

std::string_view to_string(Maker maker) noexcept {
    return maker == Maker::balancer ? "balancer" : maker == Maker::backend ? "backend" : "unknown";
}

Maker made_by(const MakerSigns& signs) {
    // NGINX's own pages, and those built into HAProxy, are the surest sign: they have no replica.
    if (holds(signs.body, "<hr><center>nginx") || holds(signs.body, "<hr><center>openresty")) {
        return Maker::balancer;
    }
    if (signs.server.empty() && signs.body.starts_with("<html><body><h1>") &&
        !signs.replica_named) {
        return Maker::balancer;  // HAProxy
    }
    if (signs.replica_named || signs.upstream_header) {
        return Maker::backend;
    }
    if (!signs.server.empty()) {
        return holds(signs.server, "nginx") || holds(signs.server, "openresty")
                   ? (signs.body.starts_with('{') ? Maker::backend : Maker::unknown)
                   : Maker::backend;
    }
    return signs.body.starts_with('{') ? Maker::backend : Maker::unknown;
}

}  // namespace lbdrain::ctl
