#include "lbdrain/sequence.hpp"

#include <algorithm>

namespace lbdrain {
namespace {

void enter(Sequence& s, ServerState state, Millis now) noexcept {
    s.state = state;
    s.since = now;
    s.progress.clear();
    if (state != ServerState::draining) {
        s.zero_since = -1;
        s.deadline = 0;
        s.overdue = false;
    }
}

void begin_run(Sequence& s, RunKind kind, Millis now) noexcept {
    s.run = Run{kind, s.run.number + 1};
    s.run_since = now;
    s.progress.clear();
}

void end(Sequence& s, Outcome outcome, std::uint64_t left, const FixedText<192>& text,
         Millis now) noexcept {
    if (s.goal == Goal::none) {
        return;
    }
    s.last = Ending{s.id, s.goal, outcome, now, left, text};
    s.goal = Goal::none;
    s.id = 0;
}

void enter_rotation(Sequence& s, Millis now) noexcept {
    const bool warms = s.policy.slow_start > 0 || s.policy.confirm;
    enter(s, warms ? ServerState::warming : ServerState::ready, now);
    s.run.kind = RunKind::none;
    if (s.state == ServerState::ready) {
        end(s, Outcome::reached, s.cut, s.stop_text, now);
    }
}

// The way back: start hook if asked for, then the ready check if asked for, then rotation.
void enter_starting(Sequence& s, Millis now) noexcept {
    if (!s.start_hook && !s.check) {
        enter_rotation(s, now);
        return;
    }
    enter(s, ServerState::starting, now);
    begin_run(s, s.start_hook ? RunKind::start : RunKind::ready_check, now);
}

void enter_stopping(Sequence& s, Millis now) noexcept {
    enter(s, ServerState::stopping, now);
    begin_run(s, RunKind::stop, now);
}

// What was out of rotation stays out when the drain misses its deadline: its process may be gone.
// `drained` becomes `down`, for it would promise a zero that was not seen.
ServerState put_back_state(ServerState before) noexcept {
    if (in_rotation(before)) {
        return ServerState::ready;
    }
    return before == ServerState::drained ? ServerState::down : before;
}

void enter_draining(Sequence& s, Millis now) noexcept {
    s.before = s.state;
    enter(s, ServerState::draining, now);
    s.zero_since = -1;
    s.overdue = false;
    s.deadline = now + s.policy.drain_timeout;
}

Millis run_limit(const Sequence& s) noexcept {
    switch (s.run.kind) {
        case RunKind::stop:
            return s.policy.stop_timeout;
        case RunKind::start:
            return s.policy.start_timeout;
        case RunKind::ready_check:
            return s.policy.ready_timeout;
        case RunKind::none:
            break;
    }
    return 0;
}

// The status of the run that the sequence waits for. A runner enforces its own limit; one that says
// nothing for long after is counted as failed, so that no sequence waits for ever.
RunStatus run_status(const Sequence& s, const Observation& seen, Millis now) noexcept {
    if (seen.run == s.run &&
        (seen.run_status == RunStatus::succeeded || seen.run_status == RunStatus::failed)) {
        return seen.run_status;
    }
    if (now - s.run_since > run_limit(s) + defaults::runner_grace) {
        return RunStatus::failed;
    }
    return RunStatus::running;
}

FixedText<192> failure_text(const Sequence& s, const Observation& seen) noexcept {
    if (seen.run == s.run && seen.run_status == RunStatus::failed) {
        return seen.run_text;
    }
    return "the hook runner did not report in time";
}

void fail(Sequence& s, Outcome outcome, const Observation& seen, Millis now) noexcept {
    const auto text = failure_text(s, seen);
    enter(s, ServerState::failed, now);
    s.run.kind = RunKind::none;
    end(s, outcome, s.cut, text, now);
}

// Why it was no zero, where the count does not say it.
std::string_view obstacle(const Observation& seen) noexcept {
    if (!seen.complete) {
        return "the count of a worker or balancer could not be read";
    }
    return seen.out_of_rotation ? "" : "a worker or balancer had not taken it out of rotation";
}

void drain_deadline(Sequence& s, const Observation& seen, Millis now) noexcept {
    const std::uint64_t left = seen.in_flight + seen.queued;
    const bool stops = s.goal == Goal::stopped || s.goal == Goal::restarted;
    if (s.policy.on_timeout == OnTimeout::wait) {
        s.overdue = true;
    } else if (s.policy.on_timeout == OnTimeout::stop && stops) {
        s.cut = left;
        enter_stopping(s, now);
    } else {
        // A plain drain has nothing to stop: at its deadline the server is put back.
        enter(s, put_back_state(s.before), now);
        end(s, Outcome::drain_timeout, left, obstacle(seen), now);
    }
}

void advance_draining(Sequence& s, const Observation& seen, Millis now) noexcept {
    const bool zero =
        seen.complete && seen.out_of_rotation && seen.in_flight == 0 && seen.queued == 0;
    if (!zero) {
        s.zero_since = -1;
    } else if (s.zero_since < 0) {
        s.zero_since = now;
    }
    if (zero && now - s.zero_since >= s.policy.settle) {
        enter(s, ServerState::drained, now);
        if (s.goal == Goal::drained) {
            end(s, Outcome::reached, 0, {}, now);
        } else {
            enter_stopping(s, now);
        }
    } else if (now >= s.deadline && !s.overdue && !zero) {
        drain_deadline(s, seen, now);
    }
}

void advance_stopping(Sequence& s, const Observation& seen, Millis now) noexcept {
    switch (run_status(s, seen, now)) {
        case RunStatus::succeeded:
            enter(s, ServerState::stopped, now);
            s.run.kind = RunKind::none;
            s.stop_text = seen.run_text;
            if (s.goal == Goal::restarted) {
                enter_starting(s, now);
            } else {
                end(s, Outcome::reached, s.cut, s.stop_text, now);
            }
            break;
        case RunStatus::failed:
            fail(s, Outcome::stop_failed, seen, now);
            break;
        default:
            break;
    }
}

void advance_starting(Sequence& s, const Observation& seen, Millis now) noexcept {
    switch (run_status(s, seen, now)) {
        case RunStatus::succeeded:
            if (s.run.kind == RunKind::start && s.check) {
                begin_run(s, RunKind::ready_check, now);
            } else {
                enter_rotation(s, now);
            }
            break;
        case RunStatus::failed:
            fail(s, Outcome::not_ready, seen, now);
            break;
        default:
            break;
    }
}

// It stays in rotation either way: a balancer that sends it nothing is for a person to look at.
void advance_warming(Sequence& s, const Observation& seen, Millis now) noexcept {
    const Millis warm = now - s.since;
    const bool back = seen.back || !s.policy.confirm;
    if (back && warm >= s.policy.slow_start) {
        enter(s, ServerState::ready, now);
        end(s, Outcome::reached, s.cut, s.stop_text, now);
    } else if (!back && warm >= s.policy.slow_start + s.policy.ready_timeout) {
        enter(s, ServerState::ready, now);
        end(s, Outcome::not_ready, s.cut, "put back, but not every balancer sends it traffic", now);
    }
}

// Takes over everything of the command but the goal.
void adopt(Sequence& s, const Command& c) noexcept {
    s.policy = c.policy;
    s.start_hook = c.start_hook;
    s.check = c.check;
    s.by = c.by;
    s.reason = c.reason;
}

// Reads well after "by": the goal that took over, and who wanted it.
FixedText<192> cancelled_by(const Command& c) noexcept {
    FixedText<192> text("goal ");
    text.append(to_string(c.goal));
    if (!c.by.empty()) {
        text.append(" (");
        text.append(c.by.view());
        text.append(")");
    }
    return text;
}

void start(Sequence& s, const Command& c, std::uint64_t id, Millis now) noexcept {
    end(s, Outcome::cancelled, s.cut, cancelled_by(c), now);
    adopt(s, c);
    s.goal = c.goal;
    s.id = id;
    s.begun = now;
    s.cut = 0;
    s.stop_text.clear();
}

using Answer = std::expected<Accepted, SequenceRunning>;

Answer refuse(const Sequence& s) noexcept {
    return std::unexpected(SequenceRunning{s.goal, s.state});
}

Answer command_ready(Sequence& s, const Command& c, std::uint64_t id, Millis now) noexcept {
    const bool idle = s.goal == Goal::none;
    if (in_rotation(s.state) && idle) {
        return Accepted::already;
    }
    if (!c.force) {
        if (s.goal == Goal::ready && s.state == ServerState::starting && c.start_hook &&
            !s.start_hook) {
            adopt(s,
                  c);  // `start` while `ready` waits for a check that nothing else will make pass
            enter_starting(s, now);
            return Accepted::extended;
        }
        if (s.goal == Goal::ready || (s.goal == Goal::restarted && !idle &&
                                      (s.state == ServerState::starting || in_rotation(s.state)))) {
            return Accepted::joined;
        }
        if (s.state == ServerState::stopping) {
            return refuse(s);  // the process is dying: traffic would be lost
        }
    }
    const bool untouched = s.state == ServerState::draining && in_rotation(s.before);
    start(s, c, id, now);
    if (untouched || c.force) {
        s.start_hook = false;
        s.check = false;
    }
    enter_starting(s, now);
    return Accepted::started;
}

Answer command_down(Sequence& s, const Command& c, std::uint64_t id, Millis now) noexcept {
    if (s.state == ServerState::down && s.goal == Goal::none) {
        return Accepted::already;
    }
    start(s, c, id, now);
    s.run.kind = RunKind::none;
    s.before = s.state;
    enter(s, ServerState::down, now);
    end(s, Outcome::reached, 0, {}, now);
    return Accepted::started;
}

// drained, stopped, restarted: while one of them runs, a further one extends it.
Answer command_out(Sequence& s, const Command& c, std::uint64_t id, Millis now) noexcept {
    if (s.goal == c.goal) {
        return Accepted::joined;
    }
    const bool before_stop = s.state == ServerState::draining;
    const bool extends = (s.goal == Goal::drained && before_stop) ||
                         (s.goal == Goal::stopped && c.goal == Goal::restarted);
    if (s.goal != Goal::none && s.state != ServerState::warming) {
        if (!extends || c.goal == Goal::drained) {
            return refuse(s);
        }
        adopt(s, c);
        s.goal = c.goal;
        if (before_stop) {
            s.deadline = now + s.policy.drain_timeout;
            s.overdue = false;
            s.zero_since = -1;  // of more servers now, perhaps
        }
        return Accepted::extended;
    }

    const bool out = !in_rotation(s.state);
    if (c.goal == Goal::drained && out && s.state != ServerState::down &&
        s.state != ServerState::failed) {
        return Accepted::already;
    }
    if (c.goal == Goal::stopped && s.state == ServerState::stopped) {
        return Accepted::already;
    }
    start(s, c, id, now);
    if (s.state == ServerState::stopped) {
        enter_starting(s, now);
    } else {
        // From `drained` too: hours may lie between, and a stop wants a zero that is seen now.
        enter_draining(s, now);
    }
    return Accepted::started;
}

}  // namespace

std::string_view to_string(RunKind kind) noexcept {
    switch (kind) {
        case RunKind::stop:
            return "stop";
        case RunKind::start:
            return "start";
        case RunKind::ready_check:
            return "ready_check";
        case RunKind::none:
            break;
    }
    return "none";
}

std::expected<Accepted, SequenceRunning> command(Sequence& s, const Command& c, std::uint64_t id,
                                                 Millis now) noexcept {
    switch (c.goal) {
        case Goal::ready:
            return command_ready(s, c, id, now);
        case Goal::down:
            return command_down(s, c, id, now);
        case Goal::none:
            return Accepted::already;
        default:
            return command_out(s, c, id, now);
    }
}

Effects effects(const Sequence& s, Millis now) noexcept {
    Effects out;
    out.in_rotation = in_rotation(s.state);
    if (s.state == ServerState::warming && s.policy.slow_start > 0) {
        const Millis share = (now - s.since) * 100 / s.policy.slow_start;
        out.weight_percent = static_cast<unsigned>(std::clamp<Millis>(share, 1, 100));
    }
    if ((s.state == ServerState::stopping || s.state == ServerState::starting) &&
        s.run.kind != RunKind::none) {
        out.run = s.run;
    }
    return out;
}

Effects advance(Sequence& s, const Observation& seen, Millis now) noexcept {
    if (seen.run == s.run && seen.run_status == RunStatus::running) {
        s.progress = seen.run_text;
    }
    switch (s.state) {
        case ServerState::draining:
            advance_draining(s, seen, now);
            break;
        case ServerState::stopping:
            advance_stopping(s, seen, now);
            break;
        case ServerState::starting:
            advance_starting(s, seen, now);
            break;
        case ServerState::warming:
            advance_warming(s, seen, now);
            break;
        default:
            break;
    }
    return effects(s, now);
}

bool process_unproven(const Sequence& s) noexcept {
    switch (s.state) {
        case ServerState::ready:
        case ServerState::warming:
            return false;
        case ServerState::draining:
        case ServerState::drained:
            return !in_rotation(s.before);
        default:
            return true;
    }
}

void rebase(Sequence& s, Millis now) noexcept {
    s.since = now;
    s.begun = now;
    s.run_since = now;
    s.zero_since = -1;
    s.last.at = now;
    if (s.state == ServerState::draining) {
        s.deadline = now + s.policy.drain_timeout;
        s.overdue = false;
    }
}

}  // namespace lbdrain
