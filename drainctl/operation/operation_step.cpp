// What becomes of each command.
#include <utility>

#include "lbdrain/api/command.hpp"
#include "operation/operation.hpp"

namespace lbdrain::ctl {
namespace {

using api::Action;
using api::ProblemCode;

bool is_there(Action action, ServerState state) {
    switch (action) {
        case Action::drain:
            return !in_rotation(state) && state != ServerState::draining;
        case Action::stop:
            return state == ServerState::stopped;
        case Action::down:
            return state == ServerState::down;
        default:
            return state == ServerState::ready;
    }
}

// Is it as `action` wants it, whoever did that? A restart leaves no trace but its own ending.
bool holds(Action action, ServerState state) {
    return action != Action::restart && is_there(action, state);
}

Verdict verdict_of(Outcome outcome) {
    return outcome == Outcome::drain_timeout ? Verdict::put_back : Verdict::failed;
}

Verdict verdict_of(const client::Error& error) {
    if (error.kind == client::Error::Kind::token) {
        return Verdict::refused;
    }
    if (!error.problem) {
        return Verdict::unreachable;
    }
    switch (error.problem->code) {
        case ProblemCode::balancer_unreachable:
        case ProblemCode::overloaded:
            return Verdict::unreachable;
        case ProblemCode::internal:
            return Verdict::failed;
        default:
            return Verdict::refused;
    }
}

std::string requests(std::uint64_t count) {
    return std::to_string(count) + (count == 1 ? " request" : " requests");
}

}  // namespace

void Operation::answer(Step& step, const OrderResult& result, Millis now) {
    if (result) {
        begun_ = true;
        seen_[step.place].silent.clear();
        seen_[step.place].silent_since = -1;
        track(step, *result);
        return;
    }
    const client::Error& error = result.error();
    if (error.kind == client::Error::Kind::refused || error.kind == client::Error::Kind::token ||
        error.kind == client::Error::Kind::strange) {
        refuse(step, error);
        return;
    }
    if (error.kind == client::Error::Kind::unreadable || !error.nothing_sent) {
        step.state = Step::State::unsure;
        begun_ = true;
    }
    silent(seen_[step.place], error.text, now);
}

void Operation::refuse(Step& step, const client::Error& error) {
    const std::string text = error.problem ? error.problem->detail : error.text;
    step.untouched = error.problem && error.problem->code != ProblemCode::sequence_running;
    fail(step, verdict_of(error), at(step) + text);
}

void Operation::fail(Step& step, Verdict verdict, std::string text) {
    step.state = Step::State::failed;
    if (undoing_) {
        // Whatever it was that failed first: it is not as it was before.
        failure_text_ += "; not undone: " + text;
        failure_ = failure_ == Verdict::unreachable ? failure_ : Verdict::failed;
    } else if (failure_ == Verdict::running) {
        failure_ = verdict;
        failure_text_ = std::move(text);
    }
}

// What the answer to a command, or the first look after one that got none, shows of it.
void Operation::track(Step& step, const api::ServerView& view) {
    seen_[step.place].view = view;
    step.ours = step.ours || view.sequence_id > step.before || view.last.id > step.before;
    const bool ended = view.last.id > step.before && view.last.goal == api::goal_of(step.action);
    if (view.goal != Goal::none) {
        step.id = view.sequence_id;
        step.state = Step::State::tracking;
    } else if (ended ? view.last.outcome == Outcome::reached : holds(step.action, view.state)) {
        step.state = Step::State::reached;
    } else {
        miss(step, view);
    }
}

// It runs no longer.
void Operation::miss(Step& step, const api::ServerView& view) {
    const Ending& last = view.last;
    std::string text = at(step);
    if (last.outcome == Outcome::drain_timeout) {
        step.untouched = true;
        text += requests(last.left) + " still in flight at the deadline; nothing was cut";
        const std::string_view why = last.text.view();
        text += why.empty() ? std::string() : " (" + std::string(why) + ")";
    } else if (last.outcome == Outcome::cancelled || last.outcome == Outcome::reached ||
               (step.id != 0 && last.id != step.id)) {
        text += "another command took over";
        text += view.by.empty() ? std::string() : ", by " + view.by;
        fail(step, Verdict::failed,
             text + ": the server is " + std::string(to_string(view.state)) + " now");
        return;
    } else {
        const std::string_view why = last.text.view();
        text += why.empty()
                    ? "the sequence ended in the state " + std::string(to_string(view.state))
                    : std::string(why);
    }
    fail(step, verdict_of(last.outcome), std::move(text));
}

void Operation::follow(Step& step, const api::ServerView& view) {
    if (step.state == Step::State::unsure) {
        if (view.goal == Goal::none && view.last.id <= step.before) {
            step.state =
                holds(step.action, view.state) ? Step::State::reached : Step::State::unsent;
            return;
        }
        track(step, view);
    }
    if (step.state != Step::State::tracking || view.sequence_id == step.id) {
        return;
    }
    // One that others have extended ended well for them: a drain that became a restart.
    const bool ours = view.last.id == step.id && view.last.goal == api::goal_of(step.action);
    const bool missed = view.last.id == step.id && view.last.outcome != Outcome::reached;
    if (!missed && (ours || holds(step.action, view.state))) {
        step.state = Step::State::reached;
    } else {
        miss(step, view);
    }
}

void Operation::silent(Seen& seen, const std::string& why, Millis now) {
    seen.silent = why;
    if (seen.silent_since < 0) {
        seen.silent_since = now;
    }
}

}  // namespace lbdrain::ctl
