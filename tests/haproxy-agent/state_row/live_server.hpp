// A line of `show servers state` as 2.6.12 says it of a server with an address, checks and an
// agent.
#pragma once

#include "state_row/state_row.hpp"

namespace lbdrain::haproxy {

inline LiveServer live_server(const std::string& server = "s1", const std::string& port = "9101") {
    LiveServer live;
    live.backend_id = "3";
    live.backend = "be";
    live.server_id = "1";
    live.server = server;
    live.address = "127.0.0.1";
    live.initial_weight = 100;
    live.backend_id_forced = "0";
    live.server_id_forced = "0";
    live.fqdn = "-";
    live.port = port;
    live.srv_record = "-";
    live.use_ssl = "0";
    return live;
}

inline StateRow row_of(const std::string& server, OutState state = OutState::drain) {
    return make_row(live_server(server), state).value();
}

}  // namespace lbdrain::haproxy
