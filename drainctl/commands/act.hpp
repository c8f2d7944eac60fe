// `drainctl drain|stop|start|restart|ready|down SERVICE/SERVER...`
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "commands/context.hpp"

namespace lbdrain::ctl {

struct ActOptions {
    api::Action action = api::Action::drain;
    std::vector<std::string> servers;
    api::CommandRequest body;
    std::optional<unsigned> max_unavailable;  // else the configuration's
    bool skip_unreachable = false;
};

ExitCode act(Context& context, const ActOptions& options);

}  // namespace lbdrain::ctl
