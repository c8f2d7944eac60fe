// `show servers state` as values: the authority on whether a server is out of rotation, and all
// that a row of a server-state file needs. Plain data; the parser takes any bytes.
#pragma once

#include <cstdint>
#include <expected>
#include <string>
#include <string_view>
#include <vector>

#include "runtime/error.hpp"

namespace lbdrain::haproxy {

// Bits of srv_admin_state (enum srv_admin in HAProxy's server-t.h).
namespace admin {
inline constexpr std::uint32_t fmaint = 0x01;  // forced: by the CLI, an agent, Lua, the stats page
inline constexpr std::uint32_t imaint = 0x02;  // inherited from a tracked server
inline constexpr std::uint32_t cmaint = 0x04;  // `disabled` in the configuration
inline constexpr std::uint32_t fdrain = 0x08;  // forced, as above
inline constexpr std::uint32_t idrain = 0x10;  // inherited
inline constexpr std::uint32_t rmaint = 0x20;  // its name does not resolve
inline constexpr std::uint32_t fqdn_changed = 0x40;
}  // namespace admin

// One row; names as HAProxy's columns. "-" stands for nothing in texts.
struct ServerState {
    std::int64_t be_id = 0;
    std::string be_name;
    std::int64_t srv_id = 0;
    std::string srv_name;
    std::string srv_addr;                         // "-" for a unix socket
    int srv_op_state = 0;                         // 0 stopped, 1 starting, 2 running, 3 stopping
    std::uint32_t srv_admin_state = 0;            // bits, see above
    std::uint32_t srv_uweight = 0;                // as used
    std::uint32_t srv_iweight = 0;                // as configured
    std::int64_t srv_time_since_last_change = 0;  // s
    int srv_check_status = 0;
    int srv_check_result = 0;
    int srv_check_health = 0;
    int srv_check_state = 0;
    int srv_agent_state = 0;
    int bk_f_forced_id = 0;
    int srv_f_forced_id = 0;
    std::string srv_fqdn;
    std::uint32_t srv_port = 0;
    std::string srvrecord;
    int srv_use_ssl = 0;
    std::uint32_t srv_check_port = 0;
    std::string srv_check_addr;
    std::string srv_agent_addr;
    std::uint32_t srv_agent_port = 0;

    // Taken out by force: gets no new requests but, in drain, sticky ones.
    bool out_of_rotation() const {
        return (srv_admin_state & (admin::fmaint | admin::fdrain)) != 0;
    }
};

// Of one backend or of all. Error: bad_reply (another format version, a column that is missing, a
// row that does not fit its header).
std::expected<std::vector<ServerState>, Error> parse_servers_state(std::string_view text);

const ServerState* find_server(const std::vector<ServerState>& states, std::string_view backend,
                               std::string_view server);

}  // namespace lbdrain::haproxy
