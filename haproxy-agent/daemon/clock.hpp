// The clocks of the daemon: the core's, which goes on while the machine sleeps and never jumps, and
// the calendar's, for people.
#pragma once

#include <ctime>

#include "lbdrain/sequence.hpp"

namespace lbdrain::agent {

inline Millis read_clock(clockid_t clock) noexcept {
    timespec now{};
    ::clock_gettime(clock, &now);
    return Millis{now.tv_sec} * 1000 + now.tv_nsec / 1'000'000;
}

inline Millis now_ms() noexcept {
    return read_clock(CLOCK_BOOTTIME);
}
inline Millis unix_ms() noexcept {
    return read_clock(CLOCK_REALTIME);
}

}  // namespace lbdrain::agent
