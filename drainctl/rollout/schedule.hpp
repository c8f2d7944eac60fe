// Which server's turn it is: at most so many out at a time, a pause after each end, and nothing
// more once one has failed. For rollouts, and for commands that name several servers.
//
// Pure: `now` is given, in milliseconds of one clock; since journals have these times, of
// CLOCK_REALTIME. When that jumps, a pause begins anew at most. A value; one thread at a time.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "lbdrain/sequence.hpp"

namespace lbdrain::ctl {

enum class StepState : std::uint8_t { pending = 0, running = 1, done = 2, failed = 3, skipped = 4 };

std::string_view to_string(StepState state) noexcept;

// One server's turn, as it stands in journals too.
struct Step {
    std::string server{};
    StepState state = StepState::pending;
    Millis begun = 0;  // 0: never
    Millis ended = 0;
    std::string text{};  // how it ended

    friend bool operator==(const Step&, const Step&) = default;
};

class Schedule {
  public:
    struct Result {
        enum class Outcome : std::uint8_t { done, failed, stopped };
        Outcome outcome = Outcome::done;
        std::size_t done = 0;
        std::size_t failed = 0;
        std::size_t skipped = 0;
        std::size_t left = 0;  // never begun
        std::string text;      // of the first failure with its server, or why it was stopped
    };

    // Names that differ; max_unavailable of 0 counts as 1.
    Schedule(const std::vector<std::string>& servers, unsigned max_unavailable, Millis pause);
    // As it stands: what is `running` there counts as running.
    static Schedule of(std::vector<Step> steps, unsigned max_unavailable, Millis pause);

    // The servers to begin now, which are running from here on: each is told once. To be journaled
    // (steps()) before they are begun.
    std::vector<std::string> next(Millis now);
    // When next() would have more without another end; nullopt: it would not.
    std::optional<Millis> next_at() const;

    // False: it was not running, and nothing was noted.
    bool ended(std::string_view server, bool good, std::string text, Millis now);

    // Nothing more is begun: an interrupt, or a lost lease. The first reason is kept.
    void stop(std::string why);

    // Nothing more will be begun, whatever ends well.
    bool over() const;
    // And nothing runs.
    bool finished() const;
    // Of what has been so far, if it is not finished.
    Result result() const;

    const std::vector<Step>& steps() const noexcept { return steps_; }
    std::vector<std::string> running() const;

  private:
    Schedule(unsigned max_unavailable, Millis pause);
    std::size_t count(StepState state) const;
    bool may_begin() const;

    std::vector<Step> steps_;
    std::size_t max_unavailable_;
    Millis pause_;
    std::optional<Millis> last_end_;
    std::string failure_;  // of the first that failed
    std::optional<std::string> stopped_;
};

}  // namespace lbdrain::ctl
