// One request and its response on one connection, step by step. Blocking, with a limit on each
// wait. Belongs to one thread, but for abort(). Destroying it closes the connection.
#pragma once

#include <boost/json/fwd.hpp>
#include <functional>
#include <string>
#include <string_view>

#include "endpoint.hpp"
#include "http_reader.hpp"

namespace lbdrain::test {

struct HttpRequest {
    std::string method = "GET";
    std::string target = "/";
    HttpHeaders headers = {};  // on top of Host, Connection: close and Content-Length
    std::string body = {};
};

struct HttpResponse {
    int status = 0;  // 0: no response
    HttpHeaders headers;
    std::string body;    // decoded; what came of it, if the response broke off
    bool whole = false;  // came to its regular end
    std::string error;   // why not

    // Empty if the header is missing.
    std::string header(std::string_view name) const;
    // Throws if the body is not JSON (include <boost/json.hpp>).
    boost::json::value json() const;
};

using LineCallback = std::function<void(const std::string& line)>;
using BodyCallback = std::function<void(const HttpReader& so_far)>;

// The bytes of a request's head, for a body of `body_size`.
std::string request_head(const HttpRequest& request, const Endpoint& endpoint,
                         std::size_t body_size);

class HttpExchange {
  public:
    HttpExchange(Endpoint endpoint, Millis limit);

    bool connected() const { return static_cast<bool>(fd_); }
    const std::string& error() const { return error_; }
    std::uint16_t local_port() const;

    bool send(std::string_view bytes);
    bool send_request(const HttpRequest& request);

    // Reads to the end of the response, or until `limit` has passed since the call.
    HttpResponse response(const LineCallback& on_line = {});
    HttpResponse response(bool head_only, const BodyCallback& on_progress);

    // Next bytes as they come, for what follows a 101; empty at the end of the stream or at the
    // limit.
    std::string receive();

    void close() { fd_.reset(); }
    void reset();  // RST
    void abort();  // wakes a thread that waits in here; any thread

  private:
    // False at the end of the stream, an error (`error_` is set) or the limit.
    bool receive_into(std::string& bytes, std::int64_t start_ms);

    Endpoint endpoint_;
    Millis limit_;
    UniqueFd fd_;
    std::string error_;
    std::string surplus_;  // received, but not part of the response
};

}  // namespace lbdrain::test
