// The words of the drain sequence: what state a server is in, where a command wants it, how it
// ended. Plain enums with fixed values, because they stand in NGINX's shared mapping and in
// journals: never renumber, only append.
#pragma once

#include <cstdint>
#include <optional>
#include <string_view>

namespace lbdrain {

enum class ServerState : std::uint8_t {
    ready = 0,     // in rotation
    draining = 1,  // out of rotation, requests still in flight or zero not yet held for `settle`
    drained = 2,   // out of rotation, nothing in flight, the process untouched
    stopping = 3,  // the stop hook runs
    stopped = 4,   // the process was seen gone
    starting = 5,  // the start hook or the ready check runs
    warming = 6,   // back in rotation, its share ramped up over `slow_start`
    failed = 7,    // out of rotation, a hook or the ready check failed; a person has to look
    down = 8,      // out of rotation because somebody said `down`
};

// Where a command wants the server. `none`: no sequence is running.
enum class Goal : std::uint8_t {
    none = 0,
    drained = 1,
    stopped = 2,
    ready = 3,
    restarted = 4,
    down = 5
};

// What to do when the drain deadline passes with requests still in flight.
enum class OnTimeout : std::uint8_t { readmit = 0, stop = 1, wait = 2 };

// How the last sequence of a server ended.
enum class Outcome : std::uint8_t {
    none = 0,
    reached = 1,
    drain_timeout = 2,  // put back into rotation, nothing cut
    stop_failed = 3,
    not_ready = 4,  // the start hook or the ready check failed
    cancelled = 5,  // another command took over (`ready` or `down`)
};

// May the balancer send requests to a server in this state?
constexpr bool in_rotation(ServerState state) noexcept {
    return state == ServerState::ready || state == ServerState::warming;
}

std::string_view to_string(ServerState state) noexcept;
std::string_view to_string(Goal goal) noexcept;
std::string_view to_string(OnTimeout policy) noexcept;
std::string_view to_string(Outcome outcome) noexcept;

std::optional<OnTimeout> parse_on_timeout(std::string_view text) noexcept;

}  // namespace lbdrain
