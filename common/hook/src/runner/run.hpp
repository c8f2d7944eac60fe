// One run of a task: its clock, its reporter, and the one way to wait.
#pragma once

#include <poll.h>

#include <chrono>
#include <span>
#include <string>
#include <vector>

#include "lbdrain/hook/event.hpp"
#include "runner/reporter.hpp"

namespace lbdrain::hook {

using Clock = std::chrono::steady_clock;
using TimePoint = Clock::time_point;
using std::chrono::milliseconds;

/// Everything that waits does so here, so that an interrupt, the deadline and a slow reader of the
/// events are heeded everywhere. Does not own the reporter or the descriptor. One thread.
class Run {
  public:
    enum class Wake { ready, time, interrupted };

    /// `interrupt_fd` becoming readable interrupts the run; -1: nothing does.
    Run(Reporter& reporter, milliseconds timeout, int interrupt_fd = -1);

    TimePoint deadline() const { return deadline_; }
    bool expired() const { return Clock::now() >= deadline_; }
    bool interrupted() const { return interrupted_; }
    /// The earlier of the deadline and `duration` from now.
    TimePoint within(milliseconds duration) const;
    milliseconds elapsed() const;
    milliseconds timeout() const { return timeout_; }
    /// Nobody hears of this run any more.
    bool abandoned() { return reporter_.gone(); }

    void report(Event event);
    void progress(std::string text, unsigned passes = 0);

    /// Waits for one of `fds`, until `until`. `interrupted` is said once, to the first who waits;
    /// later waits work as ever, so that what was begun can be ended in order.
    Wake wait(std::span<pollfd> fds, TimePoint until);
    Wake sleep_until(TimePoint until) { return wait({}, until); }

    /// For those who must poll by themselves: what to poll as well, and what came of it. heed()
    /// answers true when the run was interrupted just now.
    std::vector<pollfd> also_poll() const;
    bool heed(std::span<const pollfd> polled);

  private:
    Reporter& reporter_;
    TimePoint start_;
    TimePoint deadline_;
    milliseconds timeout_;
    int interrupt_fd_;
    bool interrupted_ = false;
};

/// How a run came out.
Event succeeded(std::string text);
Event failed(std::string text);
/// A run that was interrupted, or else timed out, while it was `doing`.
Event ended_early(const Run& run, const std::string& doing);

}  // namespace lbdrain::hook
