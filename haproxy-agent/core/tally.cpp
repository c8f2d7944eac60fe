#include "core/tally.hpp"

namespace lbdrain::agent {

void Tally::count(const Sequence& before, const Sequence& after) noexcept {
    const bool left_draining =
        before.state == ServerState::draining && after.state != ServerState::draining;
    if (left_draining) {
        const bool ended = after.last.id != before.last.id;
        const bool zero = after.state == ServerState::drained ||
                          (after.state == ServerState::stopping && after.cut == 0);
        const Outcome how =
            zero ? Outcome::reached : (ended ? after.last.outcome : Outcome::drain_timeout);
        ++drains[static_cast<std::size_t>(how)];
        const double seconds = static_cast<double>(after.since - before.since) / 1000;
        std::size_t bucket = 0;
        while (bucket < bounds.size() && seconds > bounds[bucket]) {
            ++bucket;
        }
        ++drain_seconds[bucket];
        drain_seconds_sum += seconds;
    }
    const bool run_over = before.run.kind != RunKind::none && before.run != after.run;
    if (run_over &&
        (before.state == ServerState::stopping || before.state == ServerState::starting)) {
        const auto kind = static_cast<std::size_t>(before.run.kind);
        const bool failed = after.state == ServerState::failed;
        ++(failed ? runs_failed : runs_ok)[kind];
    }
}

}  // namespace lbdrain::agent
