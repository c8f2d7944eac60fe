// How HAProxy itself sees one server: the state's bits, never a status text alone.
#pragma once

#include <optional>
#include <ostream>
#include <string>

#include "haproxy.hpp"

namespace lbdrain::test {

// Bits of srv_admin_state.
inline constexpr int admin_maint = 1;
inline constexpr int admin_drain = 8;
// Values of srv_op_state.
inline constexpr int op_stopped = 0;
inline constexpr int op_running = 2;

struct ServerView {
    int admin = -1;
    int op = -1;
    int weight = -1;
    std::string status;    // "UP", "DRAIN (agent)", ...
    std::string agent;     // agent_status: "L7OK", "L7TOUT", ...
    std::string last;      // last_agt: what the agent said, or what is wrong with it
    std::string limit;     // slim, the server's maxconn
    std::string throttle;  // percent, while a slow start goes on
};

// Nothing if it cannot be read.
std::optional<ServerView> view_of(const Haproxy& haproxy, const std::string& backend,
                                  const std::string& server);

std::ostream& operator<<(std::ostream& out, const ServerView& view);

}  // namespace lbdrain::test
