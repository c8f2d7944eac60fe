// Where events go.
#pragma once

#include "lbdrain/hook/event.hpp"

namespace lbdrain::hook {

/// Takes events in order. report() must not block; what could not be written at once is kept, and
/// then pending_fd() names the descriptor to wait for before flush() is called. One thread.
class Reporter {
  public:
    Reporter() = default;
    Reporter(const Reporter&) = delete;
    Reporter& operator=(const Reporter&) = delete;
    virtual ~Reporter() = default;

    virtual void report(const Event& event) = 0;
    virtual int pending_fd() const { return -1; }
    virtual void flush() {}
    /// Is it certain that nobody takes the events any more?
    virtual bool gone() { return false; }
};

}  // namespace lbdrain::hook
