// What lbdrain-hook is to do for a run of a server.
#pragma once

#include <expected>
#include <string>

#include "core/server.hpp"
#include "lbdrain/hook/task.hpp"

namespace lbdrain::agent {

// Without the run file, which is the journal's to name. Fails when the hook is not configured (any
// more).
std::expected<hook::Task, std::string> make_task(const Server& server, Run run);

}  // namespace lbdrain::agent
