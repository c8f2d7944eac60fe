// A record whose every member differs from that of a new one.
#pragma once

#include "journal/record.hpp"

namespace lbdrain::agent::test {

inline Policy full_policy() {
    // By position: one member more or less does not compile, or leaves one at its default.
    return Policy{1, 2, 3, 4, 5, 6, OnTimeout::wait, true};
}

inline Ending full_ending() {
    return Ending{41, Goal::restarted, Outcome::stop_failed, 42, 43, "how it ended"};
}

inline Sequence full_sequence() {
    return Sequence{ServerState::draining,
                    Goal::stopped,
                    true,
                    true,
                    true,
                    ServerState::failed,
                    18'000'000'000'000'000'000U,
                    full_policy(),
                    12,
                    13,
                    14,
                    15,
                    Run{RunKind::start, 4'000'000'000U},
                    16,
                    17,
                    "anna",
                    "new weights \"v2\"\n\xE2\x82\xAC",
                    "under way",
                    "stopped by SIGTERM",
                    full_ending()};
}

inline ServerRecord full_record() {
    return ServerRecord{"llm", "gpu-a", full_sequence(), {"edge-1", "edge-2"}, {"edge-3"}, true};
}

}  // namespace lbdrain::agent::test
