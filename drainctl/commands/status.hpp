// `drainctl status`: all servers at a glance.
#pragma once

#include <string>
#include <vector>

#include "commands/context.hpp"

namespace lbdrain::ctl {

struct StatusOptions {
    bool watch = false;
    std::vector<std::string> only;  // SERVICE or SERVICE/SERVER
};

// `unreachable` if a target does not answer; what the others say is shown all the same.
ExitCode status(Context& context, const StatusOptions& options);

}  // namespace lbdrain::ctl
