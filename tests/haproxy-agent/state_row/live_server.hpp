// A line of `show servers state` as 2.6.12 says it of a server with an address, checks and an
// agent.
#pragma once

#include "state_row/state_row.hpp"

namespace lbdrain::haproxy {

inline ServerState live_server(const std::string& server = "s1", std::uint32_t port = 9101) {
    ServerState live;
    live.be_id = 3;
    live.be_name = "be";
    live.srv_id = 1;
    live.srv_name = server;
    live.srv_addr = "127.0.0.1";
    live.srv_op_state = 2;
    live.srv_uweight = 100;
    live.srv_iweight = 100;
    live.srv_fqdn = "-";
    live.srv_port = port;
    live.srvrecord = "-";
    return live;
}

inline StateRow row_of(const std::string& server, OutState state = OutState::drain) {
    return make_row(live_server(server), state).value();
}

}  // namespace lbdrain::haproxy
