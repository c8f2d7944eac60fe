// Who made an error response, the balancer or the backend, where it can be told. Pure.
#pragma once

#include <string_view>

namespace lbdrain::ctl {

enum class Maker : unsigned char { unknown, balancer, backend };
std::string_view to_string(Maker maker) noexcept;

// What of a response tells it. NGINX puts its own name into Server: of whatever it passes on, so
// that header counts only when it names another program.
struct MakerSigns {
    std::string_view server;       // the Server: header; empty: none
    std::string_view body;         // its first bytes
    bool replica_named = false;    // by the header that names the replica
    bool upstream_header = false;  // x-envoy-upstream-*, x-request-id of the engine and such
};
Maker made_by(const MakerSigns& signs);

}  // namespace lbdrain::ctl
