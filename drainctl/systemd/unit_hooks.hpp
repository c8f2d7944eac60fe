// `drainctl hook pre-stop|post-start|post-stop`: ExecStop=, ExecStartPost= and ExecStopPost= of a
// replica's unit.
//
// They block for at most the times of `unit_hooks`, write to standard error (the journal) and to
// NOTIFY_SOCKET, and return the exit status. A SIGTERM ends them. docs/systemd.md says what each of
// them promises.
#pragma once

#include <string>

#include "commands/interrupt.hpp"
#include "config/config.hpp"

namespace lbdrain::ctl {

struct UnitHookOptions {
    std::string unit;              // empty: the one that this process runs in (--self)
    bool fail_unit_start = false;  // post-start: not ready is a failure, for which systemd stops it
};

// 0: out everywhere, nothing in flight. 1: the limit passed first. 130: SIGTERM.
int pre_stop(const CtlConfig& config, const UnitHookOptions& options, Interrupt& interrupt);
// 0, unless `fail_unit_start`. 130: SIGTERM.
int post_start(const CtlConfig& config, const UnitHookOptions& options, Interrupt& interrupt);
// 0. 130: SIGTERM.
int post_stop(const CtlConfig& config, const UnitHookOptions& options, Interrupt& interrupt);

}  // namespace lbdrain::ctl
