// What every command works with.
#pragma once

#include <string>
#include <vector>

#include "commands/interrupt.hpp"
#include "config/config.hpp"
#include "fleet/targets.hpp"
#include "operation/exit_code.hpp"

namespace lbdrain::ctl {

struct Context {
    CtlConfig config;
    bool json = false;
    // How drainctl was called, with its targets: for hints.
    std::string program = "drainctl";
    Targets& targets;
    Interrupt& interrupt;
};

// To standard error, after "drainctl: ".
void complain(const std::string& text);

// "alice@host": who runs this, through sudo too.
std::string caller();

// Says of each target that does not answer why, and what to look at. True: all answered.
bool all_reachable(const Fleet& fleet);

// SERVICE/SERVER each; what is none is complained about. False: some are none.
bool parse_specs(const std::vector<std::string>& texts, std::vector<ServerSpec>& to);

}  // namespace lbdrain::ctl
