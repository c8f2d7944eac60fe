// From a configured hook to the task for lbdrain-hook: variables filled in for one server.
#pragma once

#include "lbdrain/hook/task.hpp"
#include "src/config.hpp"

namespace lbdrain::nginx {

// A task as some server would get it: to check a hook before there are servers.
hook::Task example_task(const HookConf& hook, hook::Action action);

// Everything of the task but its ids.
hook::Task make_task(const Place& place, const Sequence& sequence);

}  // namespace lbdrain::nginx
