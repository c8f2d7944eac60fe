#include "balancer/master_fleet.hpp"

#include <chrono>
#include <utility>

#include "balancer/weights.hpp"

namespace lbdrain::agent {

MasterFleet::MasterFleet(haproxy::Endpoint master_socket, haproxy::Endpoint stats_socket,
                         Millis limit)
    : master_(std::move(master_socket), std::chrono::milliseconds(limit)),
      live_(std::move(stats_socket), std::chrono::milliseconds(limit)) {}

std::expected<FleetView, haproxy::Error> MasterFleet::look(
    const std::vector<std::string>& backends) {
    auto poll = master_.poll(backends);
    if (!poll) {
        return std::unexpected(std::move(poll.error()));
    }
    return FleetView{std::move(poll->generation), std::move(poll->workers), {}};
}

std::expected<void, haproxy::Error> MasterFleet::set_state(pid_t pid, std::string_view backend,
                                                           std::string_view server,
                                                           haproxy::ServerCommand command) {
    const auto confirmed = master_.set_server_state(pid, backend, server, command);
    return confirmed ? std::expected<void, haproxy::Error>{} : std::unexpected(confirmed.error());
}

std::expected<void, haproxy::Error> MasterFleet::set_weight(pid_t pid, std::string_view backend,
                                                            std::string_view server,
                                                            std::uint32_t percent) {
    return confirm_weight(live_.set_weight_percent(backend, server, percent), pid);
}

std::expected<void, haproxy::Error> MasterFleet::call_lua(pid_t pid, std::string_view backend,
                                                          std::string_view server,
                                                          haproxy::ServerCommand command) {
    return master_.call_lua(pid, lua_word, backend, server, command);
}

std::string MasterFleet::counting() const {
    return "requests and queue of all workers, old ones too, through the master socket";
}

}  // namespace lbdrain::agent
