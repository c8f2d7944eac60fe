// What a replica has seen: counts, and waiting for them. Thread-safe: the replica's thread writes,
// tests read.
#pragma once

#include <condition_variable>
#include <cstdint>
#include <functional>
#include <mutex>

#include "wait.hpp"

namespace lbdrain::test {

struct ReplicaCounts {
    std::int64_t connections = 0;    // accepted
    std::int64_t started = 0;        // requests whose head has been read
    std::int64_t finished = 0;       // answered in full
    std::int64_t aborted = 0;        // the other side went away first
    std::int64_t broken = 0;         // ended by a fault the request asked for
    std::int64_t cut = 0;            // in flight when the replica was killed
    std::int64_t in_flight = 0;      // started and none of the others
    std::int64_t held = 0;           // of those in flight: waiting for release()
    std::int64_t probes = 0;         // /health and own handlers; not among the requests
    std::int64_t last_start_ms = 0;  // steady_ms() of the latest start and end, 0: none yet
    std::int64_t last_end_ms = 0;
};

class ReplicaLedger {
  public:
    ReplicaCounts counts() const;
    void update(const std::function<void(ReplicaCounts&)>& change);
    bool wait(Millis limit, const std::function<bool(const ReplicaCounts&)>& predicate);

    void start();
    void end(std::int64_t ReplicaCounts::*outcome);

  private:
    mutable std::mutex mutex_;
    std::condition_variable changed_;
    ReplicaCounts counts_;
};

}  // namespace lbdrain::test
