// What the generator sends and what it says of each request. Plain values; times are microseconds
// on the steady clock since the generator began.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <vector>

#include "verify/answer.hpp"
#include "verify/maker.hpp"
#include "verify/request_class.hpp"

namespace lbdrain::ctl {

using Micros = std::int64_t;
inline constexpr Micros per_second = 1'000'000;

enum class Connections {
    kept,   // as a client with a pool
    fresh,  // one for each request
    mixed,  // every other request on one of its own
};

struct TrafficOptions {
    std::string url;
    std::string body;  // of each POST
    std::vector<std::string> headers;
    Expectation expected;
    std::size_t concurrency = 40;  // closed loop: so many clients, one request after the other
    double rate = 0;               // > 0: open loop, so many requests a second, come what may
    std::size_t most_in_flight = 10'000;  // open loop; more are not sent, and that is told
    Connections connections = Connections::mixed;
    bool http2 = false;
    bool stale_fails = false;  // a connection that was closed unused counts as a lost request
    bool insecure = false;     // take any certificate
    std::string ca_file;       // empty: the system's
    std::string replica_header = "x-replica";
    Micros stall = 30 * per_second;
    Micros connect_timeout = 5 * per_second;
    Micros max_time = 900 * per_second;
};

// One request that has ended.
struct RequestEnd {
    Judgement judgement;
    Micros due = 0;  // open loop: when it should have begun; else as `start`
    Micros start = 0;
    Micros first_token = -1;  // -1: none came
    Micros end = 0;
    Micros longest_gap = 0;  // between two tokens
    std::uint64_t tokens = 0;
    std::uint64_t bytes = 0;  // of the body
    unsigned replica = 0;     // what Listener::replica() said; 0: none was named
    int status = 0;
    Maker maker = Maker::unknown;
    std::string says;               // of an error response: the beginning of its body
    bool kept_connection = false;   // it was on one that had served before
    bool stale_connection = false;  // sent again: the kept one had been closed unused
};

class Listener {
  public:
    virtual ~Listener() = default;
    // A number for the name of a replica, from 1.
    virtual unsigned replica(std::string_view name) = 0;
    // One token, `gap` after the one before (-1: the first of its request).
    virtual void token(unsigned replica, Micros now, Micros gap) = 0;
    virtual void ended(const RequestEnd& request) = 0;
};

}  // namespace lbdrain::ctl
