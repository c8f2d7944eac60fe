#include "runtime/cli_connection.hpp"

#include <poll.h>
#include <sys/socket.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <system_error>

#include "runtime/cli_error.hpp"
#include "runtime/text.hpp"

namespace lbdrain::haproxy {
namespace {

bool would_block(int error) {
    return error == EAGAIN || error == EWOULDBLOCK;  // NOLINT(misc-redundant-expression)
}

std::string text_of(int error) {
    return std::error_code(error, std::generic_category()).message();
}

}  // namespace

std::expected<CliConnection, Error> CliConnection::open(const Endpoint& endpoint,
                                                        const Deadline& deadline) {
    auto fd = connect(endpoint, deadline);
    if (!fd) {
        return std::unexpected(std::move(fd.error()));
    }
    return CliConnection(endpoint, std::move(*fd));
}

std::unexpected<Error> CliConnection::failure(ErrorCode code, std::string_view what) const {
    return std::unexpected(Error{code, endpoint_.to_string() + ": " + std::string(what)});
}

std::expected<void, Error> CliConnection::send(std::string_view bytes, const Deadline& deadline) {
    while (!bytes.empty()) {
        const auto sent = ::send(fd_.get(), bytes.data(), bytes.size(), MSG_NOSIGNAL);
        if (sent >= 0) {
            bytes.remove_prefix(static_cast<std::size_t>(sent));
        } else if (errno == EPIPE || errno == ECONNRESET) {
            return failure(ErrorCode::closed_early, "closed before the command was sent");
        } else if (!would_block(errno) && errno != EINTR) {
            return failure(ErrorCode::connection_failed, text_of(errno));
        } else if (wait_for(fd_.get(), POLLOUT, deadline) != Ready::yes) {
            return failure(ErrorCode::timeout, "the command was not taken in time");
        }
    }
    return {};
}

std::expected<bool, Error> CliConnection::receive_some(std::string& text, const Deadline& deadline,
                                                       std::size_t limit) {
    std::array<char, 65536> buffer;  // NOLINT: filled below
    for (;;) {
        const auto got = ::recv(fd_.get(), buffer.data(), buffer.size(), 0);
        if (got > 0) {
            text.append(buffer.data(), static_cast<std::size_t>(got));
            if (text.size() > limit) {
                return failure(ErrorCode::too_big,
                               "an answer of more than " + std::to_string(limit) + " bytes");
            }
            // A peer that sends for ever, slowly, is not waited for either.
            if (!deadline.passed()) {
                return true;
            }
            return failure(ErrorCode::timeout, "the answer did not end in time");
        }
        if (got == 0 || errno == ECONNRESET) {
            return false;  // HAProxy resets when it leaves commands unread; the text tells
        }
        if (!would_block(errno) && errno != EINTR) {
            return failure(ErrorCode::connection_failed, text_of(errno));
        }
        if (wait_for(fd_.get(), POLLIN, deadline) != Ready::yes) {
            return failure(ErrorCode::timeout,
                           text.empty() ? "no answer in time" : "the answer did not end in time");
        }
    }
}

std::expected<void, Error> CliConnection::receive_all(std::string& text, const Deadline& deadline,
                                                      std::size_t limit,
                                                      bool (*is_last)(std::string_view)) {
    for (;;) {
        const auto more = receive_some(text, deadline, limit);
        if (!more) {
            return std::unexpected(more.error());
        }
        if (!*more || (is_last != nullptr && is_last(text))) {
            return {};
        }
    }
}

std::expected<void, Error> CliConnection::receive_until(std::string_view end, std::string& text,
                                                        const Deadline& deadline,
                                                        std::size_t limit) {
    while (!text.ends_with(end)) {
        const auto more = receive_some(text, deadline, limit);
        if (!more) {
            return std::unexpected(more.error());
        }
        if (!*more) {
            return failure(ErrorCode::closed_early, "closed in the middle of an answer");
        }
    }
    return {};
}

namespace {

// Does the last whole line say that a process is gone?
bool tells_no_such_process(std::string_view text) {
    if (!text.ends_with('\n')) {
        return false;
    }
    text.remove_suffix(1);
    const auto before = text.rfind('\n');
    const auto line = before == std::string_view::npos ? text : text.substr(before + 1);
    return refusal_in(line) == ErrorCode::no_such_process;
}

std::expected<void, Error> ask(const Endpoint& endpoint, const std::string& line, std::string& text,
                               const Deadline& deadline, std::size_t limit,
                               bool (*is_last)(std::string_view) = nullptr) {
    auto connection = CliConnection::open(endpoint, deadline);
    if (!connection) {
        return std::unexpected(std::move(connection.error()));
    }
    if (auto sent = connection->send(line, deadline); !sent) {
        return sent;
    }
    const auto before = text.size();
    if (auto received = connection->receive_all(text, deadline, limit, is_last); !received) {
        received.error().message += " to " + excerpt(line);
        return received;
    }
    if (text.size() == before) {
        return std::unexpected(
            Error{ErrorCode::closed_early,
                  endpoint.to_string() + ": closed without an answer to " + excerpt(line)});
    }
    return {};
}

}  // namespace

std::expected<void, Error> ask_stats_socket(const Endpoint& endpoint, std::string_view line,
                                            std::string& text, const Deadline& deadline,
                                            std::size_t limit) {
    return ask(endpoint, std::string(line) + "\n", text, deadline, limit);
}

std::expected<void, Error> ask_master_socket(const Endpoint& endpoint, std::string_view line,
                                             std::string& text, const Deadline& deadline,
                                             std::size_t limit) {
    constexpr Millis longest_pause{100};
    const auto whole = std::string(line) + ";quit\n";
    for (Millis pause{5};; pause = std::min(pause * 2, longest_pause)) {
        auto answered = ask(endpoint, whole, text, deadline, limit, tells_no_such_process);
        if (answered || answered.error().code != ErrorCode::refused || deadline.passed()) {
            if (!answered && answered.error().code == ErrorCode::timeout) {
                answered.error().message +=
                    " (a worker hangs, or HAProxy has its 10 connections to the master already)";
            }
            return answered;
        }
        pause_for(pause, deadline);
    }
}

}  // namespace lbdrain::haproxy
