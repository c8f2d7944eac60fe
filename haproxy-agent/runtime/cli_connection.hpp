// One connection to a command socket of HAProxy, and the two ways to use one: a line and its whole
// answer, or a prompt. Blocking, with a deadline on everything and a bound on what is read.
// One owner; one thread at a time.
#pragma once

#include <sys/types.h>

#include <cstddef>
#include <expected>
#include <string>
#include <string_view>

#include "runtime/endpoint.hpp"

namespace lbdrain::haproxy {

// `show stat` of 9,000 servers has 2.3 MB.
inline constexpr std::size_t default_reply_limit = 8 * 1024 * 1024;
// HAProxy takes a line only if it fits its buffer (16 kB by default, of which 1 kB is kept free).
inline constexpr std::size_t longest_line = 8 * 1024;

class CliConnection {
  public:
    // Errors: those of connect().
    static std::expected<CliConnection, Error> open(const Endpoint& endpoint,
                                                    const Deadline& deadline);

    // Errors: timeout, closed_early, connection_failed.
    std::expected<void, Error> send(std::string_view bytes, const Deadline& deadline);
    // Adds to `text` until the peer closes, or until `is_last` says so of a text that is not empty;
    // what came is in there after an error too. Errors: timeout, too_big, connection_failed.
    std::expected<void, Error> receive_all(std::string& text, const Deadline& deadline,
                                           std::size_t limit = default_reply_limit,
                                           bool (*is_last)(std::string_view) = nullptr);
    // Adds to `text` until it ends with `end` and no more has come. Error closed_early as well.
    std::expected<void, Error> receive_until(std::string_view end, std::string& text,
                                             const Deadline& deadline,
                                             std::size_t limit = default_reply_limit);

    const Endpoint& endpoint() const { return endpoint_; }

  private:
    CliConnection(Endpoint endpoint, UniqueFd fd)
        : endpoint_(std::move(endpoint)), fd_(std::move(fd)) {}

    // What comes next; false at the end of the stream.
    std::expected<bool, Error> receive_some(std::string& text, const Deadline& deadline,
                                            std::size_t limit);
    std::unexpected<Error> failure(ErrorCode code, std::string_view what) const;

    Endpoint endpoint_;
    UniqueFd fd_;
};

// One line on a stats socket (without newline; several commands with ';' between them) and all the
// answers, on a connection of its own, which HAProxy closes. Adds to `text`. Errors: those above;
// closed_early when not even a newline came.
std::expected<void, Error> ask_stats_socket(const Endpoint& endpoint, std::string_view line,
                                            std::string& text, const Deadline& deadline,
                                            std::size_t limit = default_reply_limit);

// The same on a master socket: `;quit` is added, since that one never closes by itself, and a
// connection that is refused is tried again until the deadline, since a 2.6 master that re-executes
// itself for a reload refuses for a moment. A command to a process that is gone ends the answers,
// whatever follows it in the line: 2.6 then closes, 3.4 does not, nor does it read on. HAProxy
// serves 10 connections to its master; the 11th just waits, so use one at a time.
std::expected<void, Error> ask_master_socket(const Endpoint& endpoint, std::string_view line,
                                             std::string& text, const Deadline& deadline,
                                             std::size_t limit = default_reply_limit);

}  // namespace lbdrain::haproxy
