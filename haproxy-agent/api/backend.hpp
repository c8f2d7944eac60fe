// What the drain API's server asks of the agent. Called on the thread that runs the event loop;
// nothing here blocks for longer than the journal's fsync.
#pragma once

#include <cstdint>
#include <expected>
#include <optional>
#include <string>
#include <string_view>

#include "lbdrain/api/command_request.hpp"
#include "lbdrain/api/problem.hpp"
#include "lbdrain/api/views.hpp"

namespace lbdrain::agent {

struct Taken {
    Accepted how = Accepted::already;
    std::uint64_t id = 0;  // of the sequence to wait for; 0: nothing to wait for
};

class ApiBackend {
  public:
    virtual ~ApiBackend() = default;

    virtual api::StatusView status() const = 0;
    virtual std::string metrics() const = 0;  // Prometheus text
    virtual std::expected<api::ServerView, api::Problem> server(std::string_view service,
                                                                std::string_view server) const = 0;
    virtual std::expected<Taken, api::Problem> command(std::string_view service,
                                                       std::string_view server, api::Action action,
                                                       const api::CommandRequest& request) = 0;
    // The sequence as it stands, to see how a waited-for one ended. nullopt: a reload of the
    // configuration took the server away.
    virtual std::optional<Sequence> sequence(std::string_view service,
                                             std::string_view server) const = 0;
};

// Told on the same thread whenever something of a server changed (state, count, progress).
class ChangeListener {
  public:
    virtual ~ChangeListener() = default;
    virtual void changed(const std::string& service, const std::string& server) = 0;
};

}  // namespace lbdrain::agent
