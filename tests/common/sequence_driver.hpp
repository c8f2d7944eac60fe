// Drives one sequence on simulated time: commands, observations and time, nothing else.
#pragma once

#include <gtest/gtest.h>

#include <cstdint>
#include <expected>
#include <ostream>
#include <string>
#include <string_view>

#include "lbdrain/sequence.hpp"

namespace lbdrain {

// So that a failed expectation says "draining", not "01".
inline void PrintTo(ServerState state, std::ostream* out) {
    *out << to_string(state);
}
inline void PrintTo(Goal goal, std::ostream* out) {
    *out << to_string(goal);
}
inline void PrintTo(Outcome outcome, std::ostream* out) {
    *out << to_string(outcome);
}

}  // namespace lbdrain

namespace lbdrain::test {

using Answer = std::expected<Accepted, SequenceRunning>;

inline std::string_view name(const Answer& answer) {
    if (!answer) {
        return "refused";
    }
    switch (*answer) {
        case Accepted::started:
            return "started";
        case Accepted::joined:
            return "joined";
        case Accepted::extended:
            return "extended";
        case Accepted::already:
            return "already";
    }
    return "?";
}

inline constexpr Millis drain_timeout = 60'000;
inline constexpr Millis settle = 1'000;
inline constexpr Millis stop_timeout = 20'000;
inline constexpr Millis start_timeout = 30'000;
inline constexpr Millis ready_timeout = 40'000;
inline constexpr Millis slow_start = 10'000;

inline Policy policy() {
    Policy policy;
    policy.drain_timeout = drain_timeout;
    policy.settle = settle;
    policy.stop_timeout = stop_timeout;
    policy.start_timeout = start_timeout;
    policy.ready_timeout = ready_timeout;
    policy.slow_start = slow_start;
    return policy;
}

// The commands of the API, as a server with both hooks and a ready check would fill them in.
inline Command to(Goal goal) {
    Command command;
    command.goal = goal;
    command.policy = policy();
    command.start_hook = goal == Goal::restarted;
    command.check = goal == Goal::ready || goal == Goal::restarted;
    command.by = "tests";
    return command;
}
namespace ask {

inline Command drain() {
    return to(Goal::drained);
}
inline Command stop() {
    return to(Goal::stopped);
}
inline Command restart() {
    return to(Goal::restarted);
}
inline Command ready() {
    return to(Goal::ready);
}
inline Command down() {
    return to(Goal::down);
}
inline Command start() {
    Command command = to(Goal::ready);
    command.start_hook = true;
    return command;
}
inline Command force_ready() {
    Command command = to(Goal::ready);
    command.force = true;
    command.reason = "because";
    return command;
}

}  // namespace ask

inline Observation busy(std::uint64_t in_flight, std::uint64_t queued = 0) {
    Observation seen;
    seen.complete = true;
    seen.out_of_rotation = true;
    seen.in_flight = in_flight;
    seen.queued = queued;
    return seen;
}
inline Observation zero() {
    return busy(0);
}

class Driver {
  public:
    Sequence s;
    Millis now = 1'000'000;

    Answer command(const Command& c) { return lbdrain::command(s, c, next_id_++, now); }
    Effects effects() const { return lbdrain::effects(s, now); }
    // Time passes, then the world is looked at.
    Effects after(Millis passed, const Observation& seen) {
        now += passed;
        return advance(s, seen, now);
    }

    // What lbdrain-hook says of the run that is going on.
    Effects run_says(RunStatus status, std::string_view text = {}, Millis passed = 100) {
        Observation seen = zero();
        seen.run = s.run;
        seen.run_status = status;
        seen.run_text = text;
        return after(passed, seen);
    }
    Effects run_succeeds(std::string_view text = {}) {
        return run_says(RunStatus::succeeded, text);
    }
    Effects run_fails(std::string_view text) { return run_says(RunStatus::failed, text); }

    void hold_zero() {
        after(0, zero());
        after(s.policy.settle, zero());
    }

  private:
    std::uint64_t next_id_ = 1;
};

// Takes a fresh server to (state, goal) along the diagram.
inline Driver arrive(ServerState state, Goal goal) {
    Driver d;
    const auto is_there = [&] { return d.s.state == state && d.s.goal == goal; };
    if (state == ServerState::down) {
        (void)d.command(ask::down());
    } else if (state == ServerState::failed) {
        (void)d.command(ask::stop());
        d.hold_zero();
        d.run_fails("broken");
    } else if (state != ServerState::ready) {
        const bool on_the_way_up = goal == Goal::ready;
        (void)d.command(state == ServerState::drained                    ? ask::drain()
                        : state == ServerState::stopped || on_the_way_up ? ask::stop()
                                                                         : to(goal));
        if (!is_there()) {
            d.hold_zero();
        }
        if (!is_there()) {
            d.run_succeeds();  // stopped
        }
        if (on_the_way_up) {
            (void)d.command(ask::start());
        }
        if (!is_there()) {
            d.run_succeeds();  // started
            d.run_succeeds();  // passed the ready check
        }
    }
    EXPECT_TRUE(is_there()) << "on the way to " << to_string(state) << "/" << to_string(goal)
                            << ": " << to_string(d.s.state) << "/" << to_string(d.s.goal);
    return d;
}

}  // namespace lbdrain::test
