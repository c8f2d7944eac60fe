// How long a balancer's thread rests between two polls. No clock; times are milliseconds.
#pragma once

#include <array>
#include <cstddef>
#include <span>

#include "balancer/balancer.hpp"

namespace lbdrain::agent {

// As often as is useful, while a poll may use a fifth of one core at most: 10 ms between polls
// while a drain is watched or what is wanted has not been seen yet, 250 ms while a server is out,
// else a second. A balancer that cannot be reached is tried every 100 ms at most.
Millis rest_after(const Snapshot& last, std::span<const Wanted> wanted, Millis poll_cost);

// What a poll costs the balancer, by how long the last ones took: the least of them. One alone may
// have waited for a disk, for its turn on a busy machine, or for a reload; resting four times that
// long would keep a drain waiting for nothing.
class PollCost {
  public:
    static constexpr std::size_t kept = 8;

    // Of a poll that took so long. One that read nothing stands for itself alone.
    Millis after(Millis took, bool reachable);

  private:
    std::array<Millis, kept> took_{};
    std::size_t polls_ = 0;
};

}  // namespace lbdrain::agent
