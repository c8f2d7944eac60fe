// A server that misbehaves on purpose: a script says what happens on each connection, as bytes and
// ends of connections. One thread for each connection.
#pragma once

#include <atomic>
#include <cstdint>
#include <functional>
#include <mutex>
#include <string>
#include <string_view>
#include <thread>
#include <vector>

#include "endpoint.hpp"
#include "ports.hpp"

namespace lbdrain::test {

class BadConnection {
  public:
    explicit BadConnection(int fd) : fd_(fd) {}

    bool read_request();  // head and body; false: the client has gone
    void send(std::string_view bytes) const;
    void reset() const;              // close() will send RST
    void until_client_left() const;  // holds it open, says nothing

  private:
    int fd_;
    std::string input_;
};

class BadServer {
  public:
    // Runs on a connection's own thread; the connection is closed when it returns.
    using Script = std::function<void(BadConnection&)>;

    explicit BadServer(Script script);
    ~BadServer();  // closes what is open
    BadServer(const BadServer&) = delete;
    BadServer& operator=(const BadServer&) = delete;

    std::string url() const { return "http://127.0.0.1:" + std::to_string(endpoint_.port); }
    std::uint16_t port() const { return endpoint_.port; }

  private:
    void accept_all();

    Endpoint endpoint_ = Endpoint::tcp(free_port());
    Script script_;
    UniqueFd listener_;
    std::mutex mutex_;  // guards open_
    std::vector<int> open_;
    std::vector<std::jthread> connections_;  // the accepting thread's
    std::jthread thread_;
};

// A response with a chunked body: its head, one chunk, the end of it.
std::string chunked_head(const std::string& headers = {});
std::string http_chunk(std::string_view data);
inline constexpr const char* chunked_end = "0\r\n\r\n";

}  // namespace lbdrain::test
