#include "runner/signal_hook.hpp"

#include <algorithm>
#include <cerrno>
#include <csignal>
#include <string>
#include <utility>

#include "runner/port_check.hpp"
#include "runner/text.hpp"

namespace lbdrain::hook {
namespace {

constexpr milliseconds kTick{1000};           // between two progress events
constexpr milliseconds kLeftoverGrace{1000};  // for children that are just exiting too
constexpr milliseconds kDeathGrace{5000};     // for SIGKILL to take effect, whatever the deadline
constexpr milliseconds kLookAgain{200};
constexpr milliseconds kConnectTimeout{1000};

class Ladder {
  public:
    Ladder(Run& run, const SignalHook& hook, KillScope& scope, std::string unit)
        : run_(run), hook_(hook), scope_(scope), unit_(std::move(unit)) {}

    /// For a main process that is there.
    Event stop(const ProcessHandle& main) {
        main_ = main.pid();
        const std::string name = name_of(main.info());
        run_.progress("sending " + signal_text(hook_.signal) + " to " + name +
                      " (scope: " + scope_.describe() + ")");
        const int error = main.send(hook_.signal);
        if (error == EPERM) {
            return failed("not permitted to signal pid " + std::to_string(main.pid()) + " of " +
                          owner_of(main.pid()) +
                          "; run lbdrain-hook's caller as that user or with CAP_KILL");
        }
        if (error != 0 && error != ESRCH) {
            return failed("cannot signal " + name + ": " + error_text(error));
        }
        const TimePoint signalled = Clock::now();
        wait_for_main(main, signalled);
        if (run_.interrupted()) {
            return ended_early(
                run_, "waiting for " + name + " to exit; it has got " + signal_text(hook_.signal));
        }
        killed_ = !main.has_exited();
        const auto took = std::chrono::duration_cast<milliseconds>(Clock::now() - signalled);
        if (killed_) {
            text_ = name + " did not exit within " + duration_text(took) + " of " +
                    signal_text(hook_.signal) + " and was killed";
            run_.progress(text_);
            scope_.refresh();
            main.send(SIGKILL);
        } else {
            text_ = name + " exited " + duration_text(took) + " after " + signal_text(hook_.signal);
        }
        return clear();
    }

    /// For what a process that is gone may have left in its unit's control group.
    Event clear_leftovers(std::string gone) {
        text_ = std::move(gone);
        return clear();
    }

  private:
    void wait_for_main(const ProcessHandle& main, TimePoint signalled) {
        const TimePoint until = run_.within(hook_.stop_timeout);
        const std::string limit =
            duration_text(std::chrono::duration_cast<milliseconds>(until - signalled));
        TimePoint next = signalled + kTick;
        while (!main.has_exited() && Clock::now() < until && !run_.interrupted()) {
            pollfd exited{main.pidfd(), POLLIN, 0};
            const auto wake = run_.wait({&exited, 1}, std::min(until, next));
            scope_.refresh();
            if (wake == Run::Wake::time && next < until) {
                const auto elapsed = std::chrono::duration_cast<milliseconds>(next - signalled);
                run_.progress("waiting for pid " + std::to_string(main.pid()) + " to exit, " +
                              duration_text(elapsed) + " of " + limit);
                next += kTick;
            }
        }
    }

    /// Kills what is left and waits until all is gone. The main process's own end by SIGKILL is
    /// part of it; what it leaves after an end of its own gets a moment to end likewise.
    Event clear() {
        const std::uint64_t ended = ticks_now();
        const TimePoint grace = Clock::now() + (killed_ ? milliseconds(0) : kLeftoverGrace);
        const TimePoint least = Clock::now() + kLeftoverGrace + kDeathGrace;
        bool killing = false;
        while (true) {
            scope_.refresh();
            const std::vector<ProcessInfo> left = scope_.members();
            if (left.empty()) {
                return done(true);
            }
            if (const auto* younger = started_anew(left, ended)) {
                return failed(text_ + "; but systemd has started " + unit_ + " again, " +
                              name_of(*younger) + ": stop it with the systemd hook");
            }
            const TimePoint until = run_.interrupted() ? least : std::max(run_.deadline(), least);
            if (Clock::now() >= until) {
                return still_there(left);
            }
            if (Clock::now() >= grace) {
                note_leftovers(left, killing);
                killing = true;
                scope_.kill();
            }
            wait_for_change(left.front(), killing ? until : grace);
        }
    }

    /// All of them must go, so waiting for the first is enough; what they fork meanwhile is found
    /// by looking again.
    void wait_for_change(const ProcessInfo& first, TimePoint until) {
        const auto handle = ProcessHandle::open(first.pid);
        if (!handle && handle.error().gone) {
            return;
        }
        pollfd exited{handle ? handle->pidfd() : -1, POLLIN, 0};
        run_.wait({&exited, 1}, std::min(until, Clock::now() + kLookAgain));
    }

    /// A process in the unit that systemd forked after the main process had ended.
    const ProcessInfo* started_anew(const std::vector<ProcessInfo>& left,
                                    std::uint64_t ended) const {
        if (unit_.empty()) {
            return nullptr;
        }
        const auto found = std::ranges::find_if(left, [&](const ProcessInfo& process) {
            return process.parent == 1 && process.start_ticks > ended;
        });
        return found == left.end() ? nullptr : &*found;
    }

    void note_leftovers(const std::vector<ProcessInfo>& left, bool noted) {
        std::vector<ProcessInfo> others = left;
        std::erase_if(others, [&](const ProcessInfo& process) { return process.pid == main_; });
        if (noted || others.empty()) {
            return;
        }
        const std::string what =
            (killed_ ? "killed with it: " : "killed what it left behind: ") + list(others);
        run_.progress(what);
        text_ += "; " + what;
    }

    Event still_there(const std::vector<ProcessInfo>& left) {
        Event event = done(false);
        event.text += "; still there after SIGKILL: " + list(left) + ", state " +
                      std::string(1, left.front().state);
        event.timed_out = !run_.interrupted();
        return event;
    }

    Event done(bool ok) {
        Event event = ok ? succeeded(text_) : failed(text_);
        event.killed = killed_;
        return event;
    }

    Run& run_;
    const SignalHook& hook_;
    KillScope& scope_;
    std::string unit_;
    pid_t main_ = 0;
    std::string text_;
    bool killed_ = false;
};

/// A target that is gone is believed when its port agrees: a stale or missing pidfile must not
/// pass for a stopped server.
Event believe_gone(Run& run, const Task& task, const std::string& gone) {
    const auto outcome = try_connect(run, task.address, run.within(kConnectTimeout));
    if (outcome.refused) {
        return succeeded(gone + ", and " + task.address + " refuses connections");
    }
    return failed(gone + ", but " + task.address + " does not refuse connections (" + outcome.text +
                  ")");
}

}  // namespace

Event stop_target(Run& run, const Task& task, const SignalHook& hook, StopTarget& target) {
    if (target.scope) {
        Ladder ladder(run, hook, *target.scope, target.unit);
        if (target.main) {
            return ladder.stop(*target.main);
        }
        const Event cleared = ladder.clear_leftovers(target.gone);
        return cleared.ok ? believe_gone(run, task, cleared.text) : cleared;
    }
    return believe_gone(run, task, target.gone);
}

Event run_signal(Run& run, const Task& task, const SignalHook& hook) {
    auto target = find_target(run, hook);
    if (!target) {
        return failed(target.error());
    }
    return stop_target(run, task, hook, *target);
}

}  // namespace lbdrain::hook
