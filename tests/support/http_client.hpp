// Blocking HTTP/1.1 requests for tests of an API, over TCP or a Unix socket, one connection a
// request. Failures of the transport do not throw: they give status 0 and an `error`. HttpClient
// may be used from any thread; an exchange or call belongs to one.
#pragma once

#include <memory>
#include <string>

#include "http_exchange.hpp"

namespace lbdrain::test {

class HttpCall;

class HttpClient {
  public:
    explicit HttpClient(Endpoint endpoint, Millis limit = long_enough);

    HttpResponse get(const std::string& target) const;
    HttpResponse post(const std::string& target, const std::string& body = {},
                      HttpHeaders headers = {}) const;
    // `on_line` gets each line of the body as it arrives, without its newline (NDJSON).
    HttpResponse request(const HttpRequest& request, const LineCallback& on_line = {}) const;

    // A request in the background, with its head and body sent when this returns.
    std::unique_ptr<HttpCall> start(const HttpRequest& request) const;

    // A connection to use by hand: raw bytes, slow bodies, upgrades.
    HttpExchange open() const { return HttpExchange(endpoint_, limit_); }
    // Sends the head for a body of `size` bytes; the body is for the caller to send in parts.
    HttpExchange begin(const HttpRequest& request, std::size_t size) const;

    const Endpoint& endpoint() const { return endpoint_; }

  private:
    Endpoint endpoint_;
    Millis limit_;
};

}  // namespace lbdrain::test
