#include "runner/systemd_hook.hpp"

#include <utility>

namespace lbdrain::hook {
namespace {

/// Why a unit that is down cannot be stopped or started, in words; empty: it can.
std::string unusable(const UnitProperties& unit, const std::string& name) {
    if (!unit.is_down() || unit.load == "loaded") {
        return "";
    }
    if (unit.load == "not-found") {
        return "there is no unit " + name;
    }
    if (unit.load == "masked") {
        return "unit " + name + " is masked; systemctl unmask it first";
    }
    return "systemd could not load unit " + name + " (" + unit.load + "): " + unit.load_error;
}

}  // namespace

Event call_failed(const Run& run, const BusError& error, const std::string& verb,
                  const std::string& unit) {
    if (error.ended) {
        return ended_early(run, "waiting for systemd's answer about " + unit);
    }
    return failed(explain(error, verb, unit));
}

Event run_systemd(Run& run, const Task& task, const SystemdHook& hook) {
    const std::string verb(to_string(task.action));
    auto manager = UnitManager::open(run, hook.unit);
    if (!manager) {
        return call_failed(run, manager.error(), verb, hook.unit);
    }
    const auto unit = manager->read(run);
    if (!unit) {
        return call_failed(run, unit.error(), verb, hook.unit);
    }
    if (const std::string why = unusable(*unit, hook.unit); !why.empty()) {
        return failed(why);
    }
    return task.action == Action::stop ? stop_unit(run, task, *manager, *unit)
                                       : start_unit(run, *manager, *unit);
}

}  // namespace lbdrain::hook
