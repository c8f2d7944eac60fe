// The systemd hook: a unit is stopped or started by systemd, never restarted, since a restart hides
// how the stop went.
#pragma once

#include <string>

#include "lbdrain/hook/event.hpp"
#include "lbdrain/hook/task.hpp"
#include "runner/run.hpp"
#include "runner/unit_manager.hpp"

namespace lbdrain::hook {

/// Does what the task's action says and answers with a `result`; after a stop it has seen for
/// itself that the unit is down and nothing of it is left.
Event run_systemd(Run& run, const Task& task, const SystemdHook& hook);

/// The two actions, for a unit that exists; `unit` is what it is before.
Event stop_unit(Run& run, const Task& task, UnitManager& manager, const UnitProperties& unit);
Event start_unit(Run& run, UnitManager& manager, const UnitProperties& unit);

/// A result for a call to systemd that failed: whatever ended the run, or the error explained.
Event call_failed(const Run& run, const BusError& error, const std::string& verb,
                  const std::string& unit);

}  // namespace lbdrain::hook
