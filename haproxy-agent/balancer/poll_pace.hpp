// How long a balancer's thread rests between two polls. Pure; times are milliseconds.
#pragma once

#include <span>

#include "balancer/balancer.hpp"

namespace lbdrain::agent {

// As often as is useful, while a poll may use a fifth of one core at most: 10 ms between polls
// while a drain is watched or what is wanted has not been seen yet, 250 ms while a server is out,
// else a second. A balancer that cannot be reached is tried every 100 ms at most.
Millis rest_after(const Snapshot& last, std::span<const Wanted> wanted, Millis poll_took);

}  // namespace lbdrain::agent
