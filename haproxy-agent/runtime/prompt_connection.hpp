// A connection that is held: it stays with the worker that accepted it, through reloads, and keeps
// that worker alive for as long. The way to ask an old worker where there is no master socket
// (HAProxy started without -W): open one before a reload, drop it when the worker has nothing left.
// Blocking; one owner, one thread at a time.
#pragma once

#include <sys/types.h>

#include <expected>
#include <string>
#include <string_view>

#include "runtime/cli_connection.hpp"
#include "runtime/info.hpp"

namespace lbdrain::haproxy {

class PromptConnection {
  public:
    // Connects to a stats socket, asks for a prompt and for an hour's patience (HAProxy closes an
    // idle command connection after `stats timeout`, 10 s by default), and learns who answers.
    static std::expected<PromptConnection, Error> open(const Endpoint& endpoint,
                                                       const Deadline& deadline);

    // The answer to one command, without the prompt. After any error the connection is of no more
    // use: answers could no longer be told apart. Errors: those of CliConnection.
    std::expected<std::string, Error> ask(std::string_view command, const Deadline& deadline,
                                          std::size_t limit = default_reply_limit);

    // Who accepted us.
    pid_t pid() const { return pid_; }
    bool usable() const { return usable_; }

  private:
    explicit PromptConnection(CliConnection connection) : connection_(std::move(connection)) {}

    CliConnection connection_;
    pid_t pid_ = 0;
    bool usable_ = true;
};

}  // namespace lbdrain::haproxy
