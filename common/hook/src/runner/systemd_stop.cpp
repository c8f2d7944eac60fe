// Stopping a unit, and telling how it went from what systemd says afterwards.
#include <algorithm>
#include <csignal>
#include <string>
#include <utility>

#include "runner/port_check.hpp"
#include "runner/systemd_hook.hpp"
#include "runner/text.hpp"
#include "runner/unit_group.hpp"
#include "runner/unit_job.hpp"

namespace lbdrain::hook {
namespace {

constexpr milliseconds kGroupGrace{5000};  // for what was killed last to be gone
constexpr milliseconds kLookAgain{50};     // of a group that is not empty yet
constexpr milliseconds kConnectTimeout{1000};

bool was_ended_by(const UnitProperties& unit, int signal) {
    return (unit.exit_code == CLD_KILLED || unit.exit_code == CLD_DUMPED) &&
           unit.exit_status == signal;
}

/// What systemd itself takes for a clean end (systemd.service(5), SuccessExitStatus=).
bool ended_cleanly(const UnitProperties& unit) {
    return (unit.exit_code == CLD_EXITED && unit.exit_status == 0) ||
           std::ranges::any_of(std::initializer_list<int>{SIGHUP, SIGINT, SIGTERM, SIGPIPE},
                               [&](int signal) { return was_ended_by(unit, signal); });
}

class Stop {
  public:
    Stop(Run& run, const Task& task, UnitManager& manager, const UnitProperties& before)
        : run_(run), task_(task), manager_(manager), name_(manager.unit()), before_(before) {}

    Event stop() {
        warn();
        if (before_.is_down() && before_.job == 0) {
            text_ = "unit " + name_ + " is " + before_.active + " already";
            if (before_.active == "failed") {
                text_ += ": Result=" + before_.result;
            }
            return check_port();
        }
        const auto group = UnitGroup::at(before_.cgroup);
        (void)manager_.pin(run_);  // without it there is less to tell, no more
        run_.progress("asking systemd to stop " + name_ + ", which is " + before_.state() +
                      (before_.main_pid == 0 ? "" : ", pid " + std::to_string(before_.main_pid)));
        const TimePoint asked = Clock::now();
        auto job = manager_.stop(run_);
        if (!job) {
            return call_failed(run_, job.error(), "stop", name_);
        }
        JobWait wait{std::move(*job), "stop", before_};
        const auto result = wait_for_job(run_, manager_, wait);
        if (!result) {
            return result.error();
        }
        auto after = manager_.read(run_);
        if (!after) {
            return call_failed(run_, after.error(), "stop", name_);
        }
        after_ = std::move(*after);
        took_ = std::chrono::duration_cast<milliseconds>(Clock::now() - asked);
        if (!after_.is_down() || after_.job != 0) {
            return not_down(*result);
        }
        describe();
        return group ? check_group(*group) : check_port();
    }

  private:
    void warn() {
        if (before_.stop_timeout && *before_.stop_timeout > task_.timeout && !before_.is_down()) {
            const auto limit = std::chrono::duration_cast<milliseconds>(*before_.stop_timeout);
            run_.progress("warning: TimeoutStopSec=" + duration_text(limit) + " of " + name_ +
                          " is longer than this hook's timeout of " + duration_text(task_.timeout) +
                          ": a slow stop is given up here before systemd ends it");
        }
        if (!before_.triggered_by.empty()) {
            run_.progress("warning: " + before_.triggered_by + " may start " + name_ +
                          " again while it is stopped");
        }
    }

    Event not_down(const std::string& result) {
        std::string text = result == "canceled"
                               ? "the stop of " + name_ + " was cancelled by somebody else"
                               : "systemd's job to stop " + name_ + " has ended (" + result + ")";
        text += ", and the unit is " + after_.state();
        if (after_.main_pid != 0) {
            text += ", pid " + std::to_string(after_.main_pid);
        }
        if (after_.job != 0) {
            text += "; systemd has a new job for it (" + std::to_string(after_.job) + ")";
        } else if (after_.invocation != before_.invocation) {
            text += ": it was started again meanwhile";
        }
        return failed(text);
    }

    /// How it went, in words; and whether anything was killed.
    void describe() {
        text_ = "unit " + name_ + " is " + after_.active + " " + duration_text(took_) +
                " after the stop was asked for";
        const std::string exit = exit_text(after_);
        if (before_.main_pid != 0 && !exit.empty()) {
            text_ += "; pid " + std::to_string(before_.main_pid) + " " + exit;
            exit_status_ =
                after_.exit_code == CLD_EXITED ? after_.exit_status : 128 + after_.exit_status;
        }
        if (after_.result == "success" || after_.result.empty()) {
            return;
        }
        const bool main_killed = was_ended_by(after_, SIGKILL);
        killed_ = main_killed || after_.result == "timeout";
        std::string why;
        if (after_.result == "timeout") {
            why = main_killed ? "systemd had to kill it: Result=timeout"
                              : "systemd had to kill a process of it, not the main one, when "
                                "TimeoutStopSec had passed: Result=timeout";
        } else {
            why = "Result=" + after_.result;
            if (after_.result == "exit-code" && ended_cleanly(after_)) {
                why += ", from an ExecStop or ExecStopPost command that failed";
            }
        }
        text_ += "; " + why;
        if (killed_) {
            run_.progress("warning: " + text_);
        }
    }

    /// systemd calls a unit stopped that left processes behind, under KillMode=process, say.
    Event check_group(const UnitGroup& group) {
        const TimePoint least = Clock::now() + kGroupGrace;
        bool waited = false;
        while (!group.is_empty()) {
            if (Clock::now() >= least || run_.interrupted()) {
                return left_behind(group);
            }
            if (!std::exchange(waited, true)) {
                run_.progress("waiting for the control group of " + name_ +
                              " to be empty: " + list(group.members()));
            }
            run_.sleep_until(std::min(least, Clock::now() + kLookAgain));
        }
        return check_port();
    }

    Event left_behind(const UnitGroup& group) {
        const auto now = manager_.read(run_);
        if (now && !now->is_down()) {
            after_ = *now;
            return not_down("done");
        }
        Event event = finish(false);
        event.text += "; but it has left in its control group: " + list(group.members()) +
                      " (KillMode=control-group or mixed would have systemd kill them)";
        return event;
    }

    /// What answers at the address of a unit that is down is not of that unit: a container, say,
    /// whose client only was the unit. A socket unit answers by itself, and a connection would
    /// start the service again.
    Event check_port() {
        if (!before_.triggered_by.empty()) {
            return finish(true);
        }
        const auto outcome = try_connect(run_, task_.address, run_.within(kConnectTimeout));
        if (!outcome.connected) {
            return finish(true);
        }
        run_.progress(text_ + "; but something that is not of it answers at " + task_.address);
        const Event gone = wait_until_refused(run_, task_.address);
        Event event = finish(gone.ok);
        event.timed_out = gone.timed_out;
        event.text += gone.ok ? ", and " + gone.text
                              : "; but something that is not of it answers at " + task_.address +
                                    ": " + gone.text;
        return event;
    }

    Event finish(bool ok) {
        Event event = ok ? succeeded(text_) : failed(text_);
        event.killed = killed_;
        event.exit_status = exit_status_;
        return event;
    }

    Run& run_;
    const Task& task_;
    UnitManager& manager_;
    const std::string& name_;
    const UnitProperties& before_;
    UnitProperties after_;
    milliseconds took_{0};
    std::string text_;
    bool killed_ = false;
    int exit_status_ = -1;
};

}  // namespace

Event stop_unit(Run& run, const Task& task, UnitManager& manager, const UnitProperties& unit) {
    return Stop(run, task, manager, unit).stop();
}

}  // namespace lbdrain::hook
