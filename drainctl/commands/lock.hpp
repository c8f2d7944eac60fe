// `drainctl lock show|release [SERVICE]`: who runs a rollout, who has servers out.
#pragma once

#include <string>

#include "commands/context.hpp"

namespace lbdrain::ctl {

// Of one service, or of all that the targets have.
ExitCode lock_show(Context& context, const std::string& service);

// Takes the lock from its holder; while that lives only with `force`, and then it begins nothing
// more. `server`: gives that server's permit back instead.
ExitCode lock_release(Context& context, const std::string& service, const std::string& server,
                      bool force);

}  // namespace lbdrain::ctl
