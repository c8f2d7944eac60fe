// The rules of the design as invariants of a walk.
#include <algorithm>

#include "lbdrain/waiting_for.hpp"
#include "walk.hpp"

namespace lbdrain::test {
namespace {

using enum ServerState;

bool goes_on_to_stop(Goal goal) {
    return goal == Goal::stopped || goal == Goal::restarted;
}

bool same_text(const Sequence& a, const Sequence& b) {
    return a.by == b.by && a.reason == b.reason;
}

}  // namespace

void Walk::check_command(const Sequence& before, const Command& c, const Answer& answer) {
    const bool takes = answer && (*answer == Accepted::started || *answer == Accepted::extended);
    if (!takes) {
        rule(before.state == s_.state && before.goal == s_.goal && before.id == s_.id &&
                 before.run == s_.run && before.deadline == s_.deadline && same_text(before, s_),
             "a command that is not taken changes nothing");
        return;
    }
    rule(*answer != Accepted::extended || (s_.id == before.id && s_.id != 0),
         "an extended sequence keeps its id");
    check_demanded_ = c.check && !c.force;
    budget_since_ = now_;
    if (*answer == Accepted::started) {
        zero_since_.reset();
    }
    if (in_rotation(s_.state) && !in_rotation(before.state)) {
        rule(c.force || !c.check || !touched_,
             "traffic comes back after a stop or a failure only through the check");
        touched_ = false;
    }
    rule(s_.run.kind != RunKind::stop || s_.run == before.run, "no command runs the stop hook");
}

void Walk::check_advance(const Sequence& before, const Observation& seen) {
    if (!seen.complete || !seen.out_of_rotation || seen.in_flight + seen.queued > 0) {
        zero_since_.reset();
    } else if (!zero_since_) {
        zero_since_ = now_;
    }
    check_stop(before, seen);
    check_deadline(before, seen);
    check_rotation(before, seen);
    check_time();
    const auto rank = [](ServerState state) { return static_cast<int>(state); };
    rule(s_.goal == Goal::none || s_.id != before.id || rank(s_.state) >= rank(before.state),
         "a sequence only goes forward");
    rule(s_.id == before.id || s_.id == 0, "no sequence begins by itself");
    rule(running(s_) != waiting_for(s_, seen, now_).empty(), "every wait says what it waits for");
}

void Walk::check_stop(const Sequence& before, const Observation& seen) {
    const bool held = zero_since_ && now_ - *zero_since_ >= before.policy.settle;
    if (before.state == draining && s_.state == drained) {
        rule(held, "drained: zero was held for settle");
    }
    if (s_.state == drained) {
        rule(world_.in_flight() == 0 && !world_.routed(),
             "drained is never said with requests in flight");
    }
    if (s_.run.kind != RunKind::stop || s_.run == before.run) {
        return;
    }
    ++seen_.stops;
    touched_ = true;
    rule(before.state == draining && goes_on_to_stop(before.goal), "a stop follows a drain");
    if (held) {
        rule(s_.cut == 0 && world_.in_flight() == 0, "a stop after zero cuts nothing");
    } else {
        rule(before.policy.on_timeout == OnTimeout::stop && now_ >= before.deadline,
             "the stop hook runs after zero, or at the deadline by on_timeout=stop");
        rule(s_.cut == seen.in_flight + seen.queued, "what is cut is said");
        rule(!seen.complete || s_.cut == world_.in_flight(), "what is cut is said rightly");
    }
}

void Walk::check_deadline(const Sequence& before, const Observation& seen) {
    if (before.state != draining || before.goal == Goal::none || s_.goal != Goal::none ||
        s_.state == drained) {
        return;
    }
    rule(s_.last.outcome == Outcome::drain_timeout, "a drain ends drained or by its deadline");
    rule(now_ >= before.deadline && before.policy.on_timeout != OnTimeout::wait,
         "nothing is put back before the deadline, or when asked to wait");
    rule(before.policy.on_timeout == OnTimeout::readmit || before.goal == Goal::drained,
         "put back by on_timeout=readmit, or as a plain drain");
    rule(s_.last.left == seen.in_flight + seen.queued && s_.cut == 0 && s_.run == before.run,
         "put back, nothing cut");
    rule(touched_ ? !in_rotation(s_.state) : (s_.state == ready || before.before != ready),
         "put back to where it was");
}

void Walk::check_rotation(const Sequence& before, const Observation& seen) {
    if (s_.state == failed) {
        touched_ = true;
    }
    if (!in_rotation(s_.state) || in_rotation(before.state)) {
        return;
    }
    rule(before.state == starting || (before.state == stopping && !check_demanded_) || !touched_,
         "traffic comes back the way up only");
    if (check_demanded_ && before.state != draining) {
        rule(seen.run == before.run && seen.run.kind == RunKind::ready_check &&
                 seen.run_status == RunStatus::succeeded && world_.alive(),
             "traffic comes back only through the check that runs now");
    }
    touched_ = false;
}

// Every goal ends: each state of a sequence within its budget, give or take a look at the world.
void Walk::check_time() {
    const Policy& p = s_.policy;
    const Millis slack = 2 * longest_tick_;
    const Millis spent = now_ - std::max(s_.since, budget_since_);
    const Millis in_run = now_ - s_.run_since - longest_tick_ - defaults::runner_grace;
    switch (s_.state) {
        case draining:
            rule(s_.overdue || spent <= p.drain_timeout + p.settle + slack, "a drain ends");
            rule(!s_.overdue || p.on_timeout == OnTimeout::wait, "overdue only when asked to wait");
            break;
        case stopping:
            rule(in_run <= p.stop_timeout, "a stop ends");
            break;
        case starting:
            rule(in_run <= (s_.run.kind == RunKind::start ? p.start_timeout : p.ready_timeout),
                 "a start ends");
            break;
        case warming:
            rule(spent <= p.slow_start + slack, "a ramp ends");
            break;
        default:
            rule(s_.goal == Goal::none, "no sequence rests in a state that nothing moves");
    }
}

// After a command and after a look at the world alike.
void Walk::check_both(const Sequence& before) {
    if (before.state != s_.state) {
        seen_.edges.emplace(before.state, s_.state);
        budget_since_ = now_;
        longest_tick_ = 0;
    }
    rule((s_.goal == Goal::none) == (s_.id == 0), "an id while a sequence runs, and only then");
    rule(s_.run.number - before.run.number <= 1, "run numbers rise one by one");
    rule(s_.run.kind == before.run.kind || s_.run.kind == RunKind::none ||
             s_.run.number == before.run.number + 1,
         "a new run has a new number");
    rule(s_.last.id >= highest_ended_, "ids of ended sequences rise");
    highest_ended_ = s_.last.id;
    if (before.id != 0 && s_.id != before.id) {
        ++seen_.sequences;
        seen_.outcomes.insert(s_.last.outcome);
        rule(s_.last.id == before.id || s_.last.id > before.id,
             "a sequence that ended is on record, or one that took over is");
        rule(s_.last.outcome != Outcome::none && s_.last.goal != Goal::none && s_.last.at == now_,
             "an ending is filled in");
        rule(s_.last.id != before.id || s_.last.goal == before.goal, "an ending names its goal");
    }
    rule(s_.run.kind == RunKind::none || s_.state == stopping || s_.state == starting,
         "a run is forgotten with the state that wanted it");
    const Effects wanted = effects(s_, now_);
    rule(wanted.in_rotation == in_rotation(s_.state), "rotation follows the state");
    rule(!wanted.run || s_.goal != Goal::none, "a hook runs for a sequence only");
    rule(!wanted.run || !wanted.in_rotation, "no hook runs under traffic");
    rule(wanted.weight_percent >= 1 && wanted.weight_percent <= 100, "a share is 1 to 100 percent");
}

}  // namespace lbdrain::test
