// Typed commands through a stats socket: to the worker that serves. Right after a reload, and until
// the new worker has it, the socket may still be the outgoing worker's; so changes tell the pid
// that answered: compare it with the live worker's. Its figures are of one worker alone: after a
// reload they lie (old workers still carry requests); MasterApi sums them all. Blocking, one
// connection a call; one owner, one thread at a time.
#pragma once

#include <cstdint>
#include <expected>
#include <string>
#include <string_view>
#include <vector>

#include "runtime/endpoint.hpp"
#include "runtime/info.hpp"
#include "runtime/server_command.hpp"
#include "runtime/stat_table.hpp"

namespace lbdrain::haproxy {

class RuntimeApi {
  public:
    // `limit`: for each call, from the connection to the last byte.
    explicit RuntimeApi(Endpoint stats_socket, Millis limit = Millis{5000})
        : endpoint_(std::move(stats_socket)), limit_(limit) {}

    // Errors of all: the socket's, HAProxy's refusals, bad_name, bad_reply.
    // Needs level admin. Error as well: not_confirmed.
    std::expected<Confirmed, Error> set_server_state(std::string_view backend,
                                                     std::string_view server,
                                                     ServerCommand command) const;
    // Percent of the configured weight, 0 to 100. HAProxy divides integers: 50 % of weight 1 is 0,
    // which is told (state.srv_uweight), not refused.
    std::expected<Confirmed, Error> set_weight_percent(std::string_view backend,
                                                       std::string_view server,
                                                       std::uint32_t percent) const;
    std::expected<Info, Error> info() const;
    std::expected<std::vector<ServerState>, Error> servers_state(std::string_view backend) const;
    std::expected<StatTable, Error> stat(std::string_view backend) const;

    const Endpoint& endpoint() const { return endpoint_; }

  private:
    std::expected<std::string, Error> ask(const std::string& line) const;
    // The whole answer to one command that prints something.
    std::expected<std::string, Error> dump(const std::string& command) const;

    Endpoint endpoint_;
    Millis limit_;
};

}  // namespace lbdrain::haproxy
