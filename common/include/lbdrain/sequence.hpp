// The drain sequence: a state machine without I/O.
//
//     ready -> draining -> drained -> stopping -> stopped -> starting -> warming -> ready
//
// A Sequence is a plain value (trivially copyable, no pointers): the NGINX module keeps it in its
// shared mapping, the agent in its journal, and both run this very code. It knows no clock: `now`
// is given, in milliseconds of a clock that does not jump and that all who touch the same Sequence
// share (CLOCK_BOOTTIME). Not thread-safe: whoever holds the value serialises.
//
// What the world has to do is told by level, not by event: `effects()` says what should hold now
// (in or out of rotation, which hook should be running). A program that dies and comes back asks
// again, gets the same answer, and carries on where the sequence stood.
#pragma once

#include <cstdint>
#include <expected>
#include <optional>
#include <string_view>
#include <type_traits>

#include "lbdrain/defaults.hpp"
#include "lbdrain/fixed_text.hpp"
#include "lbdrain/server_state.hpp"

namespace lbdrain {

using Millis = std::int64_t;

struct Policy {
    Millis drain_timeout = defaults::drain_timeout;
    Millis settle = defaults::settle;
    Millis stop_timeout = defaults::hook_timeout;
    Millis start_timeout = defaults::hook_timeout;
    Millis ready_timeout = defaults::ready_timeout;
    Millis slow_start = 0;
    OnTimeout on_timeout = defaults::on_timeout;
    // The way back ends once the server was seen in rotation, not when it was put there: for
    // balancers that are told over a connection.
    bool confirm = false;
};

// What lbdrain-hook is to do for a server.
enum class RunKind : std::uint8_t { none = 0, stop = 1, start = 2, ready_check = 3 };

std::string_view to_string(RunKind kind) noexcept;  // "none", "stop", "start", "ready_check"

// One run of a hook or of the ready check. `number` rises with every run of a server, so that an
// outcome that arrives late can never be taken for that of a later run.
struct Run {
    RunKind kind = RunKind::none;
    std::uint32_t number = 0;

    friend bool operator==(const Run&, const Run&) = default;
};

enum class RunStatus : std::uint8_t { none, running, succeeded, failed };

// What was seen of the server just now.
struct Observation {
    // False: some worker or balancer could not be read. Never a zero.
    bool complete = false;
    // No worker of any generation, on any balancer, can route a new request to it.
    bool out_of_rotation = false;
    // Every balancer sends it traffic again; asked only where the policy says `confirm`.
    bool back = false;
    std::uint64_t in_flight = 0;
    std::uint64_t queued = 0;
    // Of the run that `run` names; anything about another run is ignored.
    Run run;
    RunStatus run_status = RunStatus::none;
    FixedText<192> run_text;  // progress while it runs, the cause when it failed
};

struct Ending {
    std::uint64_t id = 0;  // of the sequence that ended; 0: none ever did
    Goal goal = Goal::none;
    Outcome outcome = Outcome::none;
    Millis at = 0;
    std::uint64_t left = 0;  // requests in flight when the drain deadline passed
    FixedText<192> text;     // the cause, or how the stop went
};

struct Sequence {
    ServerState state = ServerState::ready;
    Goal goal = Goal::none;
    bool overdue = false;                     // the deadline passed and on_timeout is `wait`
    bool start_hook = false;                  // on the way to ready: run the start hook first
    bool check = false;                       // on the way to ready: pass the ready check first
    ServerState before = ServerState::ready;  // what it was before `draining` or `down`
    std::uint64_t id = 0;                     // of the running sequence; 0: none
    Policy policy;
    Millis since = 0;        // when `state` was entered
    Millis begun = 0;        // when the running sequence was commanded
    Millis deadline = 0;     // of the drain; 0: none is set
    Millis zero_since = -1;  // since when nothing was in flight; -1: not now
    Run run;                 // the run that should be going on, or went on last
    Millis run_since = 0;
    std::uint64_t cut = 0;  // in flight when on_timeout `stop` went on
    FixedText<64> by;
    FixedText<192> reason;
    FixedText<192> progress;   // what the run says of itself
    FixedText<192> stop_text;  // what the stop run said when it succeeded; stands in the ending
    Ending last;
};
static_assert(std::is_trivially_copyable_v<Sequence>);

struct Command {
    Goal goal = Goal::none;
    Policy policy;
    bool start_hook = false;  // for `start` and `restart`: there is one, run it
    bool check = false;       // for `ready`, `start`, `restart`: pass the ready check first
    bool force = false;       // `ready` at once, even while a stop hook runs
    FixedText<64> by;
    FixedText<192> reason;
};

enum class Accepted : std::uint8_t {
    started,   // a new sequence runs
    joined,    // the same one ran already
    extended,  // the running one goes further now: drained -> stopped -> restarted
    already,   // nothing to do, the server is there
};

// Refused: a sequence with another goal is running. Nothing was changed.
struct SequenceRunning {
    Goal goal;
    ServerState state;
};

// Takes a command. `id` is used if a new sequence starts: never 0, never used before.
std::expected<Accepted, SequenceRunning> command(Sequence& sequence, const Command& command,
                                                 std::uint64_t id, Millis now) noexcept;

struct Effects {
    bool in_rotation = true;
    unsigned weight_percent = 100;  // of the configured weight; ramps while warming
    std::optional<Run> run;         // this run should be going on; start it if it is not
};

// What should hold now.
Effects effects(const Sequence& sequence, Millis now) noexcept;

// Moves the sequence as far as `seen` allows. Returns what should hold afterwards.
Effects advance(Sequence& sequence, const Observation& seen, Millis now) noexcept;

// Is there anything for advance() to wait for?
constexpr bool running(const Sequence& sequence) noexcept {
    return sequence.goal != Goal::none;
}

// May the process be another one, or none, since the server had traffic last? Then it should pass
// the ready check before it gets some: a default for Command::check of `ready`.
bool process_unproven(const Sequence& sequence) noexcept;

// After a reboot the clock starts anew: makes every time in it relative to `now`, so that a running
// sequence gets its full budgets again.
void rebase(Sequence& sequence, Millis now) noexcept;

}  // namespace lbdrain
