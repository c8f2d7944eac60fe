// A moment on the steady clock by which something has to be done. A plain value.
#pragma once

#include <chrono>

namespace lbdrain::haproxy {

using Millis = std::chrono::milliseconds;

class Deadline {
  public:
    static Deadline after(Millis time) { return Deadline(Clock::now() + time); }

    Millis left() const;  // rounded up, never negative
    bool passed() const { return left() == Millis{0}; }
    Deadline at_most(Millis time) const;  // the earlier of this and `time` from now

  private:
    using Clock = std::chrono::steady_clock;
    explicit Deadline(Clock::time_point until) : until_(until) {}

    Clock::time_point until_;
};

enum class Ready { yes, timeout, failed };

// Blocks until the descriptor has one of poll()'s events (or an error to be read from it).
Ready wait_for(int fd, short events, const Deadline& deadline);

// Blocks for `time`, or until the deadline.
void pause_for(Millis time, const Deadline& deadline);

}  // namespace lbdrain::haproxy
