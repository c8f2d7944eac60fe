// One load balancer in front of the servers, whatever its kind: it is told what is wanted of each
// server and says what it saw.
//
// By level, not by event: every poll gets all that is wanted and brings the balancer there, however
// often it was reloaded, upgraded or changed by hand since. A Balancer blocks, belongs to one
// thread (balancer_thread.hpp), and throws nothing. Times are milliseconds of CLOCK_BOOTTIME.
#pragma once

#include <cstdint>
#include <span>
#include <string>
#include <vector>

#include "lbdrain/sequence.hpp"

namespace lbdrain::agent {

// A server of ours as this balancer knows it. Its place in the list is its index in all calls.
struct BalancerServer {
    std::string service;  // backend or upstream, as named there
    std::string server;
    std::string address;
};

enum class Rotation : std::uint8_t {
    keep,     // in rotation as far as we are concerned: nothing is set, an operator's drain stays
    readmit,  // put it back: we took it out; to be said until `Seen::in` is true
    drain,    // no new requests but those bound to it by a cookie
    maint,    // no new requests at all
};

struct Wanted {
    Rotation rotation = Rotation::keep;
    unsigned weight_percent = 100;  // of the configured weight; below 100 only in slow start
    bool watched = false;           // a drain waits for its count: look often
    std::uint64_t revision = 0;     // rises with every change of the above
    friend bool operator==(const Wanted&, const Wanted&) = default;
};

// What one poll saw of one server.
struct Seen {
    std::uint64_t revision = 0;  // of the Wanted that this poll worked with
    bool known = false;          // the balancer has such a server
    // Every process of every generation could be read, and they were the same before and after.
    bool complete = false;
    // No process can route a new request to it; seen twice in a row with the same processes.
    bool out = false;
    bool in = false;       // every process that takes new connections may route to it
    bool up = false;       // `in`, and its health checks, if any, pass: it can take traffic now
    bool by_hand = false;  // out of rotation though nobody here wanted that
    std::uint64_t in_flight = 0;
    std::uint64_t queued = 0;
    unsigned weight = 0;
    // What stands in the way, for people: "worker 4711 is stopping and still routes to it: ...".
    std::string obstacle;
};

struct Snapshot {
    Millis begun = 0;  // before the first byte was exchanged
    bool reachable = false;
    std::string error;                  // why not
    std::string version;                // "HAProxy 2.6.12", "nginx/1.22.1"
    unsigned workers = 0;               // processes that take new connections
    unsigned stopping = 0;              // processes that finish what they have
    std::string counting;               // how zero is known, one line, for `status`
    std::vector<std::string> warnings;  // of its configuration: hard-stop-after, no state file...
    std::vector<Seen> servers;          // by index; empty when not reachable
};

class Balancer {
  public:
    virtual ~Balancer() = default;

    // Brings every server to what is wanted (one entry each, by index) and looks. Blocks for the
    // configured timeout at most, a small factor aside.
    virtual Snapshot poll(std::span<const Wanted> wanted) = 0;
};

}  // namespace lbdrain::agent
