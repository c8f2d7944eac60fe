#include "systemd/unit_hooks.hpp"

#include <cstdlib>
#include <optional>

#include "config/server_spec.hpp"
#include "systemd/come_back.hpp"
#include "systemd/hook_loop.hpp"
#include "systemd/leave.hpp"
#include "systemd/mark_dead.hpp"
#include "systemd/messenger.hpp"
#include "systemd/unit_facts.hpp"

namespace lbdrain::ctl {

std::string by_unit(std::string_view unit) {
    return std::string(kByPrefix).append(unit);
}

std::vector<Order> UnitTask::interrupted(const Fleet&) {
    return {};
}

namespace {

std::string environment(const char* name) {
    const char* value = std::getenv(name);  // NOLINT(concurrency-mt-unsafe): nobody sets any here
    return value == nullptr ? "" : value;
}

struct Unit {
    std::string name;
    std::vector<ServerSpec> servers;
};

// Nothing, if there is nothing to do. A mistake in the configuration is no reason to fail a unit.
std::optional<Unit> find_unit(const CtlConfig& config, const UnitHookOptions& options,
                              const Messenger& messenger) {
    Unit unit{options.unit, {}};
    if (unit.name.empty()) {
        auto own = own_unit();
        if (!own) {
            messenger.log({true, own.error()});
            return std::nullopt;
        }
        unit.name = std::move(*own);
    }
    unit.servers = servers_of(config, unit.name);
    if (unit.servers.empty()) {
        const UnitName parts = split_unit(unit.name);
        const bool instance = !parts.instance.empty();
        messenger.log({true, "nothing is drained: \"units\" of " +
                                 (config.file.empty() ? "drainctl.yaml" : config.file) +
                                 " does not say which server " + unit.name + " is; add \"units: {" +
                                 parts.name + ": SERVICE/" + (instance ? "%i" : "SERVER") + "}\""});
        return std::nullopt;
    }
    return unit;
}

}  // namespace

int pre_stop(const CtlConfig& config, const UnitHookOptions& options, Interrupt& interrupt) {
    const Messenger messenger;
    auto unit = find_unit(config, options, messenger);
    if (!unit) {
        return 0;
    }
    LeaveOptions leave{unit->name, unit->servers, config.unit_hooks, false, ""};
    const auto facts = unit_facts(unit->name);
    if (!facts) {
        messenger.log(
            {true, "systemd does not say why " + unit->name + " is stopped: " + facts.error()});
    }
    const UnitFacts known = facts.value_or(UnitFacts{});
    if (known.shutting_down) {
        leave.why = "the system is shut down";
    } else if (options.unit.empty() && environment("MAINPID").empty()) {
        // Dead already, or a unit without a main process: the drain tells them apart, since what
        // is in flight to a dead one fails at once.
        leave.why = "the unit has no main process any more";
    } else if (known.job == "restart" || known.job == "try-restart") {
        leave.why = "the unit is restarted";
        leave.may_wait = true;
    } else {
        leave.why = "the unit is stopped";
    }
    Leave task(std::move(leave));
    return run_task(task, config.targets, messenger, interrupt);
}

int post_start(const CtlConfig& config, const UnitHookOptions& options, Interrupt& interrupt) {
    const Messenger messenger;
    auto unit = find_unit(config, options, messenger);
    if (!unit) {
        return 0;
    }
    ComeBack task({unit->name, unit->servers, config.unit_hooks});
    const int status = run_task(task, config.targets, messenger, interrupt);
    if (status == kInterrupted || options.fail_unit_start) {
        return status;
    }
    return 0;
}

int post_stop(const CtlConfig& config, const UnitHookOptions& options, Interrupt& interrupt) {
    const Messenger messenger;
    auto unit = find_unit(config, options, messenger);
    if (!unit) {
        return 0;
    }
    MarkDead task(
        {unit->name,
         unit->servers,
         config.unit_hooks,
         {environment("SERVICE_RESULT"), environment("EXIT_CODE"), environment("EXIT_STATUS")}});
    return run_task(task, config.targets, messenger, interrupt);
}

}  // namespace lbdrain::ctl
