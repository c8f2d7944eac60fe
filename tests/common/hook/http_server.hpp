// A small HTTP server for hooks and checks to talk to.
#pragma once

#include <atomic>
#include <functional>
#include <string>
#include <thread>

#include "lbdrain/posix/unique_fd.hpp"

namespace lbdrain::hook::test {

/// Answers HTTP requests, one a connection, with what `answer` says: "503", "200 body", or "" for a
/// close without an answer. Runs a thread until it is destroyed.
class HttpServer {
  public:
    using Answer = std::function<std::string(const std::string& request)>;

    /// On `listening`, a socket that listens already; owned from now on.
    HttpServer(UniqueFd listening, Answer answer);
    HttpServer(const HttpServer&) = delete;
    HttpServer& operator=(const HttpServer&) = delete;
    ~HttpServer();

    /// How many connections have been taken.
    int connections() const { return connections_; }

  private:
    void serve();

    UniqueFd listening_;
    Answer answer_;
    std::atomic<int> connections_ = 0;
    UniqueFd stop_;
    std::thread thread_;
};

}  // namespace lbdrain::hook::test
