// Waiting for events with a deadline. Stateless, callable from any thread; times on the steady
// clock.
#pragma once

#include <chrono>
#include <cstdint>
#include <functional>

namespace lbdrain::test {

using Millis = std::chrono::milliseconds;

// A limit no healthy machine reaches, sanitizers and busy neighbours included.
inline constexpr Millis long_enough{20000};

std::int64_t steady_ms();

// Asks until the predicate holds (true) or the limit has passed (its last answer).
bool eventually(Millis limit, const std::function<bool()>& predicate, Millis interval = Millis{5});

// What is left of a limit that began at `start_ms`; never negative.
Millis time_left(std::int64_t start_ms, Millis limit);

}  // namespace lbdrain::test
