// One worker that is held by a connection, where there is no master socket: the same questions as
// MasterApi puts to each worker. Hold one for every process from before a reload, add their figures
// up, and drop each one when its figures are zero: the connection keeps the process alive.
// Blocking; one owner, one thread at a time.
#pragma once

#include <expected>
#include <string>
#include <string_view>
#include <vector>

#include "runtime/prompt_connection.hpp"
#include "runtime/server_command.hpp"
#include "runtime/worker_view.hpp"

namespace lbdrain::haproxy {

class HeldWorker {
  public:
    // Takes hold of whoever answers on the stats socket now.
    static std::expected<HeldWorker, Error> open(const Endpoint& stats_socket,
                                                 Millis limit = Millis{5000});

    pid_t pid() const { return connection_.pid(); }
    // After an error that broke the connection: this worker can no longer be asked. Whether it is
    // gone only its pid tells.
    bool usable() const { return connection_.usable(); }

    // Errors: the socket's, HAProxy's refusals, bad_name, bad_reply.
    std::expected<WorkerView, Error> look(const std::vector<std::string>& backends);
    // As MasterApi::call_lua.
    std::expected<void, Error> call_lua(std::string_view word, std::string_view backend,
                                        std::string_view server, ServerCommand command);
    std::expected<bool, Error> has_lua(std::string_view word);

  private:
    HeldWorker(PromptConnection connection, Millis limit)
        : connection_(std::move(connection)), limit_(limit) {}

    std::expected<WorkerView, Error> look_once(const std::vector<std::string>& backends,
                                               const Deadline& deadline);

    PromptConnection connection_;
    Millis limit_;
    StatScope scope_ = StatScope::backend;
};

}  // namespace lbdrain::haproxy
