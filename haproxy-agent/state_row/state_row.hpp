// One row of HAProxy's `server-state-file`, so that a reload begins with the server out of
// rotation. Pure text work.
//
// A row says more than we want to say, and HAProxy believes all of it (server_state.c). So every
// column is either what leaves the configuration alone, or, where there is no such value, taken
// from the live server:
// - srv_port and srv_use_ssl override the configuration and cannot be left out. The trap: once a
//   worker was started with a row, what it shows is the row's port, not the configuration's. So a
//   port that was changed in haproxy.cfg while the row existed is known only after a reload without
//   the row; nobody can see it in the Runtime API.
// - the CMAINT bit ("disabled" in the configuration) has to be the configuration's: on 2.6 a row
//   that says 1 (FMAINT) of a server that is `disabled` makes it 4, which is in rotation.
// - srv_iweight 0 makes HAProxy forget the drain when the configuration's weight is above it.
#pragma once

#include <cstdint>
#include <expected>
#include <string>
#include <string_view>

#include "runtime/servers_state.hpp"

namespace lbdrain::haproxy {

enum class OutState : std::uint8_t { drain, maint };

struct StateRow {
    std::string backend;
    std::string server;
    std::string line;  // without its newline

    friend bool operator==(const StateRow&, const StateRow&) = default;
};

// `live`: what a worker that serves shows of the server. Refused: what would make HAProxy ignore
// the whole file, or send requests to port 0.
std::expected<StateRow, std::string> make_row(const ServerState& live, OutState state);

// Takes a row apart as HAProxy does. Refused: fewer or more columns than it accepts (it would
// ignore the whole file), or an over-long line (it would read it as two).
std::expected<StateRow, std::string> parse_row(std::string_view line);

// Column `number` (from 0) of a row; empty if there is none.
std::string_view column(std::string_view line, unsigned number);
inline constexpr unsigned column_admin_state = 6;
inline constexpr unsigned column_port = 18;

}  // namespace lbdrain::haproxy
