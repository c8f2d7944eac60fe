// A request that runs in a thread of its own. Destroying the call ends the request (the server sees
// the connection close). All functions may be called from any thread.
#pragma once

#include <condition_variable>
#include <mutex>
#include <optional>
#include <string>
#include <string_view>
#include <thread>

#include "http_exchange.hpp"

namespace lbdrain::test {

class HttpCall {
  public:
    HttpCall(HttpExchange exchange, const HttpRequest& request);
    ~HttpCall();
    HttpCall(const HttpCall&) = delete;
    HttpCall& operator=(const HttpCall&) = delete;

    // The response, whole or failed; nothing if it is still running at the limit.
    std::optional<HttpResponse> wait(Millis limit = long_enough);
    bool done() const;

    // Waits until the body holds `text`; false at the limit or if the response ended without it.
    bool wait_for_body(std::string_view text, Millis limit = long_enough);
    std::string body() const;  // what has come so far

    void abort() { exchange_.abort(); }

  private:
    HttpExchange exchange_;
    mutable std::mutex mutex_;
    std::condition_variable changed_;
    std::string body_;
    std::optional<HttpResponse> response_;
    std::jthread thread_;  // last: it uses all the others
};

}  // namespace lbdrain::test
