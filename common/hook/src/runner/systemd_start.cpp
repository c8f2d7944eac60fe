// Starting a unit, and not taking a fork that fails at once for a start.
#include <csignal>
#include <string>
#include <utility>

#include "runner/systemd_hook.hpp"
#include "runner/text.hpp"
#include "runner/unit_job.hpp"

namespace lbdrain::hook {
namespace {

// systemd calls these types started once they are forked; a program that cannot run at all, for its
// arguments or its configuration, ends within that time.
constexpr milliseconds kEarlyEnd{1000};

bool is_started_by_fork(const UnitProperties& unit) {
    return unit.type == "simple" || unit.type == "exec" || unit.type == "idle";
}

/// A oneshot without RemainAfterExit= is down again once it has done its work.
bool is_done(const UnitProperties& unit) {
    return unit.type == "oneshot" && unit.active == "inactive" && unit.result == "success";
}

std::string up_text(const UnitProperties& unit) {
    return unit.state() +
           (unit.main_pid == 0 ? "" : ", main process " + std::to_string(unit.main_pid));
}

Event not_up(const std::string& name, const std::string& result, const UnitProperties& unit) {
    std::string text;
    if (result == "canceled") {
        text = "the start of " + name + " was cancelled by somebody else";
    } else if (result == "dependency") {
        text = name + " was not started: a unit that it requires could not be";
    } else if (result == "done") {
        text = name + " was started and has ended already";
    } else {
        text = "systemd could not start " + name + " (job result: " + result + ")";
    }
    text += "; it is " + unit.state();
    if (unit.result != "success" && !unit.result.empty()) {
        text += ", Result=" + unit.result;
    }
    const std::string exit = exit_text(unit);
    if (!exit.empty()) {
        text += "; its main process " + exit;
    }
    if (unit.sub == "auto-restart") {
        text += "; systemd will try again by itself, " + std::to_string(unit.restarts) +
                " times so far";
    }
    Event event = failed(text + "; journalctl -u " + name + " may tell more");
    if (!exit.empty()) {
        event.exit_status =
            unit.exit_code == CLD_EXITED ? unit.exit_status : 128 + unit.exit_status;
    }
    return event;
}

/// Watches the unit, which is up, for a short while.
BusResult<UnitProperties> watch_early(Run& run, UnitManager& manager, UnitProperties unit) {
    const TimePoint until = run.within(kEarlyEnd);
    while (unit.is_up() && Clock::now() < until) {
        const auto change = manager.next_change(run, until);
        if (!change) {
            return std::unexpected(change.error());
        }
        auto now = manager.read(run);
        if (!now) {
            return now;
        }
        // Restarted within a blink: it has ended, all the same.
        const bool again = now->restarts > unit.restarts;
        unit = std::move(*now);
        if (again) {
            break;
        }
    }
    return unit;
}

}  // namespace

Event start_unit(Run& run, UnitManager& manager, const UnitProperties& unit) {
    const std::string& name = manager.unit();
    if (unit.is_up() && unit.job == 0) {
        return succeeded("unit " + name + " is active already: " + up_text(unit));
    }
    if (unit.active == "failed") {
        run.progress(name + " is failed (Result=" + unit.result + "); resetting that");
        if (const auto reset = manager.reset_failed(run); !reset) {
            return call_failed(run, reset.error(), "reset the failure of", name);
        }
    }
    run.progress("asking systemd to start " + name + ", which is " + unit.state());
    const TimePoint asked = Clock::now();
    auto job = manager.start(run);
    if (!job) {
        return call_failed(run, job.error(), "start", name);
    }
    JobWait wait{std::move(*job), "start", unit};
    const auto result = wait_for_job(run, manager, wait);
    if (!result) {
        return result.error();
    }
    const auto took = std::chrono::duration_cast<milliseconds>(Clock::now() - asked);
    auto after = manager.read(run);
    const std::uint32_t restarts = after ? after->restarts : 0;
    if (after && after->is_up() && is_started_by_fork(*after)) {
        after = watch_early(run, manager, std::move(*after));
    }
    if (!after) {
        return call_failed(run, after.error(), "start", name);
    }
    const bool restarted = after->restarts > restarts;
    const bool fine = *result == "done" || *result == "unknown";
    if (!fine || restarted || (!after->is_up() && !is_done(*after))) {
        return not_up(name, *result, *after);
    }
    return succeeded("unit " + name + " is " + up_text(*after) + ", " + duration_text(took) +
                     " after the start was asked for");
}

}  // namespace lbdrain::hook
