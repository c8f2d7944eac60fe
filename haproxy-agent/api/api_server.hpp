// The drain API of the agent on a unix socket: docs/openapi.yaml over HTTP/1.1, plus GET /metrics
// and GET /v1/events.
//
// Belongs to the thread that runs the io_context; so do all calls to the ApiBackend. Nothing here
// throws once listen() has returned: what fails (memory, descriptors) is logged and costs at most
// the connection it happened on. A client that goes away ends its wait and cancels nothing.
#pragma once

#include <cstddef>
#include <expected>
#include <functional>
#include <memory>
#include <string>

#include "api/backend.hpp"
#include "config/config.hpp"

namespace boost::asio {
class io_context;
}

namespace lbdrain::agent {

class ApiCore;

// What one client, and all of them, can take. Times are milliseconds.
struct ApiLimits {
    std::size_t connections = 256;  // those beyond are answered 503 `overloaded` and closed
    std::size_t header_bytes = std::size_t{16} * 1024;
    Millis idle_timeout = 75'000;    // between two requests of a connection
    Millis header_timeout = 30'000;  // first byte to last of a request's head
    Millis body_timeout = 30'000;    // likewise of its body
    Millis write_timeout = 30'000;   // of one piece of an answer
    Millis progress_interval = defaults::wait_progress_interval;
    // Lines of /v1/events that a slow reader has not taken yet; beyond, it gets the newest state of
    // each changed server once it reads on.
    std::size_t event_bytes = std::size_t{256} * 1024;
    Millis stop_timeout = 2000;  // for last answers, once stop() was called
};

enum class ApiLogLevel { info, warning, error };
using ApiLog = std::function<void(ApiLogLevel, const std::string&)>;

class ApiServer final : public ChangeListener {
  public:
    // Binds the socket, with owner and mode set before anyone can connect, and accepts from then
    // on. A socket file that a dead agent left is replaced; one that answers is an error, as is
    // anything else at that path. The error is one line that names the path. `io` and `backend`
    // outlive the server; `log` may be empty.
    static std::expected<std::unique_ptr<ApiServer>, std::string> listen(
        boost::asio::io_context& io, ApiBackend& backend, const ApiListener& listener,
        ApiLog log = {}, ApiLimits limits = {});

    // Closes what is still open at once and removes the socket file if it is still this server's.
    ~ApiServer() override;

    // Takes no more connections and tells everyone who waits that the sequence goes on without the
    // agent and is to be asked for again (problem `interrupted`, event `interrupted`). `done` is
    // called from the io_context once the last connection is closed, after stop_timeout at most; it
    // may destroy the server.
    void stop(std::function<void()> done = {});

    // Cheap; what it leads to happens in a later turn of the loop. Calls nothing of the backend but
    // sequence(), which must show the change already.
    void changed(const std::string& service, const std::string& server) override;

  private:
    explicit ApiServer(std::shared_ptr<ApiCore> core) noexcept;

    std::shared_ptr<ApiCore> core_;
};

}  // namespace lbdrain::agent
