// Load: closed-loop clients that POST to a balancer and judge every single response. A response is
// good only if it is 200, every numbered token came in order, and the end marker too
// (token_stream.hpp). One thread of its own for all clients. The functions may be called from any
// thread.
#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <thread>
#include <vector>

#include "endpoint.hpp"
#include "load_report.hpp"

namespace lbdrain::test {

struct LoadOptions {
    Endpoint target = {};
    std::vector<std::string> paths = {"/?chunks=3&gap_max_ms=150"};  // one at random per request
    int clients = 40;
    double slow_share = 0.25;  // head and half of the body, a pause, the rest
    Millis slow_pause_max{1200};
    Millis think_max{0};      // random pause between a client's requests
    bool keep_alive = false;  // else each request has its own connection
    std::size_t body_bytes = 200;
    Millis stall_limit{15000};
    unsigned seed = 0;  // 0: chosen, and told in the report
    std::size_t failures_kept = 20;
};

struct LoadState;

class Load {
  public:
    // Runs when this returns.
    explicit Load(LoadOptions options);
    ~Load();
    Load(const Load&) = delete;
    Load& operator=(const Load&) = delete;

    LoadReport report() const;  // so far
    std::int64_t ok() const { return report().ok; }
    // Waits for so many more good responses, counted from the call.
    bool wait_for_ok(std::int64_t number, Millis limit = long_enough) const;
    // The same for any outcome.
    bool wait_for_total(std::int64_t number, Millis limit = long_enough) const;

    // Begins no more requests, waits for the running ones; the final report.
    LoadReport stop();

  private:
    std::unique_ptr<LoadState> state_;
    std::jthread thread_;  // last: it uses the state
};

}  // namespace lbdrain::test
