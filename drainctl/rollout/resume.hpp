// Carries a rollout on from its journal. Pure.
#pragma once

#include <string>
#include <vector>

#include "rollout/journal.hpp"
#include "rollout/schedule.hpp"

namespace lbdrain::ctl {

struct Resumed {
    Schedule schedule;
    std::vector<std::string> again;     // were running or had failed: done once more, and first
    std::vector<std::string> vanished;  // not done and no longer there: skipped
    std::vector<std::string> appeared;  // there now and not in the journal: left alone
};

// What is done stays done; what was running comes first, since it may be out of rotation, then what
// had failed, then what was never begun. A step can be repeated. The pause since the last end is
// kept. `servers`: the names that the service has now.
Resumed resume(const Journal& journal, const std::vector<std::string>& servers);

}  // namespace lbdrain::ctl
