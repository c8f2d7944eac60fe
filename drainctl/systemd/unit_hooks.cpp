#include "systemd/unit_hooks.hpp"

#include <unistd.h>

#include <array>
#include <chrono>
#include <cstdlib>
#include <memory>
#include <optional>

#include "config/server_spec.hpp"
#include "config/state_dir.hpp"
#include "lbdrain/coordination/local_coordinator.hpp"
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

bool is_restart(const std::expected<UnitFacts, std::string>& facts) {
    return facts && (facts->job == "restart" || facts->job == "try-restart");
}

// The permits of this machine. Without a directory for them there are none.
class Permits {
  public:
    Permits(const CtlConfig& config, const std::string& unit, const Messenger& messenger) {
        const auto directory = state_dir(config);
        if (!directory) {
            messenger.log(
                {true, "no permits, only the guards of the balancers: " + directory.error()});
            return;
        }
        coordinator_ =
            std::make_unique<LocalCoordinator>(*directory, [&messenger](const std::string& text) {
                messenger.log({true, text});
            });
        std::array<char, 256> host{};
        (void)::gethostname(host.data(), host.size() - 1);
        const auto since = std::chrono::duration_cast<std::chrono::milliseconds>(
            std::chrono::system_clock::now().time_since_epoch());
        turns_ = std::make_unique<CoordinatedTurns>(
            *coordinator_, config.max_unavailable,
            Holder{by_unit(unit), host.data(), ::getpid(), since.count(), "restart of the unit"},
            messenger);
    }

    Turns* turns() const { return turns_.get(); }

  private:
    std::unique_ptr<Coordinator> coordinator_;
    std::unique_ptr<CoordinatedTurns> turns_;
};

}  // namespace

int pre_stop(const CtlConfig& config, const UnitHookOptions& options, Interrupt& interrupt) {
    const Messenger messenger;
    auto unit = find_unit(config, options, messenger);
    if (!unit) {
        return 0;
    }
    LeaveOptions leave;
    leave.unit = unit->name;
    leave.servers = unit->servers;
    leave.limits = config.unit_hooks;
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
    } else if (is_restart(facts)) {
        leave.why = "the unit is restarted";
        leave.may_wait = true;
    } else {
        leave.why = "the unit is stopped";
    }
    const Permits permits(config, unit->name, messenger);
    leave.turns = permits.turns();
    const bool restarts = leave.may_wait;
    Leave task(std::move(leave));
    const int status = run_task(task, config.targets, messenger, interrupt);
    // A stop that came meanwhile has taken the restart's place: nothing will bring it back.
    if (restarts && permits.turns() != nullptr && !is_restart(unit_facts(unit->name))) {
        task.give_back(*permits.turns());
    }
    return status;
}

int post_start(const CtlConfig& config, const UnitHookOptions& options, Interrupt& interrupt) {
    const Messenger messenger;
    auto unit = find_unit(config, options, messenger);
    if (!unit) {
        return 0;
    }
    const Permits permits(config, unit->name, messenger);
    ComeBack task({unit->name, unit->servers, config.unit_hooks, permits.turns()});
    const int status = run_task(task, config.targets, messenger, interrupt);
    // systemd runs no ExecStop= after a failure here: what is in rotation must not be one.
    if (status == kInterrupted || (options.fail_unit_start && !task.serves())) {
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
