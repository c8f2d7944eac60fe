// Runs a UnitTask: looks at all targets, sends what it wants, says what it says, until it is over.
#pragma once

#include <vector>

#include "commands/interrupt.hpp"
#include "config/config.hpp"
#include "systemd/messenger.hpp"
#include "systemd/unit_task.hpp"

namespace lbdrain::ctl {

inline constexpr int kInterrupted = 130;

// Blocks; returns the exit status. A SIGTERM or SIGINT ends it, whatever was commanded goes on.
int run_task(UnitTask& task, const std::vector<TargetConfig>& targets, const Messenger& messenger,
             Interrupt& interrupt);

}  // namespace lbdrain::ctl
