// `drainctl rollout SERVICE`: restarts all servers of a service, one after the other.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "commands/context.hpp"
#include "rollout/plan.hpp"

namespace lbdrain::ctl {

struct RolloutOptions {
    std::string service;
    PlanOptions plan;             // `min_ready` is not read: the targets say it; nor is `pause`
    std::optional<Millis> pause;  // else that of the journal, or none
    std::optional<unsigned> max_unavailable;
    api::CommandRequest body;
    bool dry_run = false;
    bool resume = false;
    bool start_over = false;
    bool skip_unreachable = false;
};

ExitCode rollout(Context& context, const RolloutOptions& options);

}  // namespace lbdrain::ctl
