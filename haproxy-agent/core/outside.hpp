// What the agent's core asks of the world. The core itself does no I/O, so that all of it is tested
// on simulated time; the daemon implements this with threads, files and sockets.
//
// All calls come on the thread that drives the core, and must not call back into it.
#pragma once

#include <cstddef>
#include <expected>
#include <string>

#include "agent_check/answer.hpp"
#include "balancer/balancer.hpp"
#include "journal/record.hpp"
#include "lbdrain/hook/task.hpp"

namespace lbdrain::agent {

enum class LogLevel { debug, info, warning, error };

// Names a server of the configuration: its place, service by service, in the file's order.
using ServerIndex = std::size_t;
inline constexpr ServerIndex no_server = static_cast<ServerIndex>(-1);

class Outside {
  public:
    virtual ~Outside() = default;

    // Durable when it returns; nothing is done before what is meant by it has been saved.
    virtual std::expected<void, std::string> save(const ServerRecord& record) = 0;
    // `index`: the server's place among those of this balancer (Drains::balancer_servers()).
    virtual void want(std::size_t balancer, std::size_t index, const Wanted& wanted) = 0;
    virtual void answer(ServerIndex server, const agent_check::Answer& answer) = 0;
    // Its outcome comes by Drains::run_news(). Asked again after a restart, for the same run:
    // lbdrain-hook's run file sees to it that nothing is done twice.
    virtual void run(ServerIndex server, Run run, const hook::Task& task) = 0;
    // Something of it changed that a client of the API would want to see.
    virtual void changed(ServerIndex server) = 0;
    virtual void log(LogLevel level, ServerIndex server, const std::string& text) = 0;
};

}  // namespace lbdrain::agent
