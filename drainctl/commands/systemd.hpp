// `drainctl hook ...` and `drainctl systemd-dropin UNIT`.
#pragma once

#include "commands/command_line.hpp"

namespace lbdrain::ctl {

void add_systemd(CommandLine& line);

}  // namespace lbdrain::ctl
