// What a server's drains and hooks came to, for /metrics. Since the start of the agent.
#pragma once

#include <array>
#include <cstdint>

#include "lbdrain/sequence.hpp"

namespace lbdrain::agent {

struct Tally {
    // Upper bounds in seconds; the last bucket has none. Generations take seconds to minutes.
    static constexpr std::array<double, 10> bounds{0.1, 0.5, 1, 5, 15, 60, 180, 600, 1800, 3600};

    std::array<std::uint64_t, 6> drains{};  // by Outcome; `reached`: it came to zero
    std::array<std::uint64_t, bounds.size() + 1> drain_seconds{};
    double drain_seconds_sum = 0;
    // By RunKind.
    std::array<std::uint64_t, 4> runs_ok{};
    std::array<std::uint64_t, 4> runs_failed{};

    // Counts what lies between two states of one sequence.
    void count(const Sequence& before, const Sequence& after) noexcept;
};

}  // namespace lbdrain::agent
