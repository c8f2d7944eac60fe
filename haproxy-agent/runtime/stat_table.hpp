// `show stat` as values. Plain data; the parser takes any bytes.
//
// In flight on a server = scur + qcur: right for keep-alive pools, multiplexed H2 and tunnels,
// while the figures for connections (used_conn_cur, idle_conn_cur, srv_icur) are not. Of one
// process only: the whole is the sum over all workers.
#pragma once

#include <cstdint>
#include <expected>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "runtime/error.hpp"

namespace lbdrain::haproxy {

struct ServerStat {
    std::string backend;
    std::string server;
    std::uint64_t scur = 0;  // requests and tunnels that are at the server
    std::uint64_t qcur = 0;  // and those queued for it
    std::string status;      // for people: decide by the bits of `show servers state`
    std::optional<std::uint32_t> weight;
    std::string check_status;
    std::string agent_status;

    std::uint64_t in_flight() const { return scur + qcur; }
};

// A backend as a whole: its qcur are requests that are queued for any of its servers.
struct BackendStat {
    std::string backend;
    std::uint64_t scur = 0;
    std::uint64_t qcur = 0;
    std::string status;
};

struct StatTable {
    std::vector<ServerStat> servers;
    std::vector<BackendStat> backends;

    const ServerStat* find(std::string_view backend, std::string_view server) const;
};

// Frontends and listeners are left out. Error: bad_reply, also when a number is missing: what
// cannot be read is never a zero.
std::expected<StatTable, Error> parse_stat(std::string_view text);

}  // namespace lbdrain::haproxy
