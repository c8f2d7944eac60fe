// Every default in one place: directives, YAML and API take theirs from here.
// Times are milliseconds, as everywhere in the core.
#pragma once

#include <cstddef>
#include <cstdint>

#include "lbdrain/server_state.hpp"

namespace lbdrain::defaults {

inline constexpr std::int64_t drain_timeout = 15 * 60 * 1000;
// A request can stand between accept and dispatch for a moment: zero must hold this long.
inline constexpr std::int64_t settle = 1000;
inline constexpr OnTimeout on_timeout = OnTimeout::readmit;
inline constexpr unsigned min_ready = 1;

inline constexpr std::int64_t hook_timeout = 5 * 60 * 1000;
inline constexpr std::int64_t signal_stop_timeout = 30 * 1000;

inline constexpr unsigned ready_passes = 3;
inline constexpr std::int64_t ready_interval = 1000;
// The longest loads reported for vLLM take minutes; 37 with torch.compile is the record seen.
inline constexpr std::int64_t ready_timeout = 15 * 60 * 1000;

// A hook runner enforces its own limit; when it says nothing this long after, it is taken for dead.
inline constexpr std::int64_t runner_grace = 30 * 1000;

inline constexpr std::size_t request_body_limit = 16 * 1024;
inline constexpr std::int64_t wait_progress_interval = 1000;

}  // namespace lbdrain::defaults
