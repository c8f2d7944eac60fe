// Where locks, permits and journals are kept on this machine.
#pragma once

#include <expected>
#include <string>

#include "config/config.hpp"

namespace lbdrain::ctl {

// The configuration's; else $LBDRAIN_STATE_DIR; else /var/lib/lbdrain/drainctl for root, and
// $XDG_STATE_HOME/lbdrain/drainctl or ~/.local/state/lbdrain/drainctl for others. Its parents are
// made. Error: a line that names the path.
std::expected<std::string, std::string> state_dir(const CtlConfig& config);

}  // namespace lbdrain::ctl
