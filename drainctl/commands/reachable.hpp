// What to do when a target does not answer: nothing, unless the user says otherwise.
#pragma once

#include <string>

#include "fleet/fleet.hpp"

namespace lbdrain::ctl {

// True: go on. If `skip` lets it go on without some, `reason` names them, to be recorded.
bool reachable(const Fleet& fleet, bool skip, std::string& reason);

}  // namespace lbdrain::ctl
