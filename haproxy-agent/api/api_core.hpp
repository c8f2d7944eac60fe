// What all connections of the API share: the socket, who waits, what has changed.
//
// On the thread of the io_context. Kept alive by its sessions, so that handlers which are still
// queued when the ApiServer is gone find it; nothing of the backend is touched after close().
#pragma once

#include <boost/asio/io_context.hpp>
#include <boost/asio/local/stream_protocol.hpp>
#include <boost/asio/steady_timer.hpp>
#include <memory>
#include <optional>
#include <set>
#include <string>
#include <unordered_set>
#include <utility>

#include "api/api_server.hpp"
#include "api/listen_socket.hpp"

namespace lbdrain::agent {

class Session;

using ServerKey = std::pair<std::string, std::string>;  // service, server

class ApiCore : public std::enable_shared_from_this<ApiCore> {
  public:
    ApiCore(boost::asio::io_context& io, ApiBackend& backend, ListenSocket socket, ApiLog log,
            const ApiLimits& limits);
    ~ApiCore();

    void start();
    void stop(std::function<void()> done);
    void close() noexcept;    // as stop() does in the end
    void abandon() noexcept;  // the server dies: nothing is called any more
    void changed(const std::string& service, const std::string& server);

    // For sessions.
    ApiBackend& backend() { return backend_; }
    const ApiLimits& limits() const { return limits_; }
    const ApiLog& log() const { return log_; }
    boost::asio::io_context& io() { return io_; }
    bool stopping() const { return stopping_; }
    void say(ApiLogLevel level, const std::string& line) const noexcept;
    void add_waiting(Session& session) { waiting_.insert(&session); }
    void add_reader(Session& session) { readers_.insert(&session); }
    void no_longer_waits(Session& session) noexcept;
    void gone(Session& session) noexcept;  // its connection is closed

    // The line of /v1/events that tells the newest of a server.
    std::string change_line(const ServerKey& key) const;

  private:
    void accept();
    void on_accept(const boost::system::error_code& error,
                   boost::asio::local::stream_protocol::socket socket);
    void accept_later();
    void turn_away(boost::asio::local::stream_protocol::socket& socket);
    void tell_changes();
    void finish_if_empty() noexcept;

    boost::asio::io_context& io_;
    ApiBackend& backend_;
    ApiLog log_;
    ApiLimits limits_;
    std::optional<ListenSocket> file_;
    boost::asio::local::stream_protocol::acceptor acceptor_;
    boost::asio::steady_timer timer_;  // until the next accept after an error; of stop()
    std::unordered_set<Session*> sessions_;
    std::unordered_set<Session*> waiting_;  // for a sequence
    std::unordered_set<Session*> readers_;  // of /v1/events
    std::set<ServerKey> changed_;
    bool telling_ = false;  // tell_changes() is queued
    bool full_said_ = false;
    bool stopping_ = false;
    std::function<void()> done_;
};

}  // namespace lbdrain::agent
