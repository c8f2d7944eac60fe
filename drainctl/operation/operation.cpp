#include "operation/operation.hpp"

#include <algorithm>
#include <utility>

#include "lbdrain/waiting_for.hpp"

namespace lbdrain::ctl {
namespace {

using api::Action;

}  // namespace

Operation::Operation(const Fleet& fleet, const FleetServer& server, OperationRequest request)
    : name_(server.name), request_(std::move(request)) {
    request_.body.wait = false;
    for (const Place& place : server.places) {
        seen_.push_back(
            {place.target, fleet.targets[place.target].name, place.there, place.view, "", -1});
    }
    plan();
}

Operation::Step Operation::step(std::size_t place, Action action) const {
    Step step;
    step.place = place;
    step.action = action;
    step.body.wait = false;
    step.body.by = request_.body.by;
    step.body.reason = request_.body.reason;
    if (action == request_.action) {
        step.body = request_.body;
    }
    return step;
}

Operation::Stage Operation::everywhere(Action action) const {
    Stage stage;
    for (std::size_t i = 0; i < seen_.size(); ++i) {
        stage.push_back(step(i, action));
    }
    return stage;
}

// Who has the hook goes on alone once all are drained, and shows the others the way back.
void Operation::plan() {
    const Action action = request_.action;
    const bool alone = seen_.size() == 1;
    if (action == Action::ready && !alone && !request_.body.force) {
        // The one whose hook runs would refuse, and the others would send it traffic.
        for (const Seen& seen : seen_) {
            if (seen.view.state == ServerState::stopping) {
                verdict_ = Verdict::refused;
                text_ = "on " + seen.target_name + " its stop hook runs; nothing was changed";
                return;
            }
        }
    }
    if (alone || action == Action::drain || action == Action::ready || action == Action::down) {
        stages_.push_back(everywhere(action));
        return;
    }
    const bool starts_only = action == Action::start;
    const auto owner = std::ranges::find_if(seen_, [&](const Seen& seen) {
        return starts_only ? seen.view.start_hook : seen.view.stop_hook;
    });
    if (owner == seen_.end()) {
        verdict_ = Verdict::refused;
        text_ = std::string("no target has a ") + (starts_only ? "start" : "stop") +
                " hook for it; nothing was changed";
        return;
    }
    const auto index = static_cast<std::size_t>(owner - seen_.begin());
    if (!starts_only) {
        Stage& drain = stages_.emplace_back(everywhere(Action::drain));
        for (Step& each : drain) {
            each.body.timeout_ms = request_.body.timeout_ms;
            each.body.settle_ms = request_.body.settle_ms;
            each.body.force = request_.body.force;
            // A drain has nothing to stop: overdue() lets the hook go on.
            each.body.on_timeout = request_.body.on_timeout == OnTimeout::stop
                                       ? OnTimeout::wait
                                       : request_.body.on_timeout;
        }
    }
    stages_.push_back({step(index, action)});
    if (action == Action::stop) {
        return;
    }
    Stage& back = stages_.emplace_back();
    for (std::size_t i = 0; i < seen_.size(); ++i) {
        if (i != index) {
            back.push_back(step(i, Action::ready));
        }
    }
}

api::Action Operation::goes_on_with() const {
    const Stage& stage = stages_[stage_];
    return stage.empty() ? request_.action : stage.front().action;
}

std::string Operation::at(const Step& step) const {
    return seen_.size() == 1 ? std::string() : "on " + seen_[step.place].target_name + ": ";
}

std::vector<Order> Operation::orders(Millis now) {
    std::vector<Order> orders;
    if (verdict_ != Verdict::running) {
        return orders;
    }
    began_ = began_ < 0 ? now : began_;
    stage_since_ = stage_since_ < 0 ? now : stage_since_;
    for (Step& step : stages_[stage_]) {
        if (step.state != Step::State::unsent) {
            continue;
        }
        const Seen& seen = seen_[step.place];
        step.before = std::max(seen.view.last.id, seen.view.sequence_id);
        orders.push_back({seen.target, seen.there, step.action, step.body});
    }
    return orders;
}

void Operation::answered(std::span<const OrderResult> results, Millis now) {
    std::size_t next = 0;
    // An answer may change the stages.
    const std::size_t stage = stage_;
    for (std::size_t i = 0; i < stages_[stage].size() && next < results.size(); ++i) {
        if (stages_[stage][i].state == Step::State::unsent) {
            answer(stages_[stage][i], results[next++], now);
        }
    }
    settle(now);
}

void Operation::look(const Fleet& fleet, Millis now) {
    for (Seen& seen : seen_) {
        const FleetTarget& target = fleet.targets[seen.target];
        if (target.error) {
            silent(seen, target.error->text, now);
            continue;
        }
        const api::ServerView* found = nullptr;
        for (const FleetServer& server : fleet.servers) {
            for (const Place& place : server.places) {
                const bool same = place.target == seen.target &&
                                  place.there.service == seen.there.service &&
                                  place.there.server == seen.there.server;
                found = same ? &place.view : found;
            }
        }
        if (found == nullptr) {
            silent(seen, "it does not have the server any longer", now);
            continue;
        }
        seen.silent.clear();
        seen.silent_since = -1;
        seen.view = *found;
    }
    if (verdict_ != Verdict::running) {
        return;
    }
    for (Step& step : stages_[stage_]) {
        if (seen_[step.place].silent.empty()) {
            follow(step, seen_[step.place].view);
        }
    }
    settle(now);
}

// on_timeout `stop` with several targets: the drains go on, and so does the hook. Not while one of
// them may never have heard of it, for it goes on sending requests.
bool Operation::overdue(Millis now) const {
    const bool all_told = std::ranges::none_of(stages_[stage_], [](const Step& step) {
        return step.state == Step::State::unsent || step.state == Step::State::unsure;
    });
    return all_told && stages_.size() > 1 && stage_ == 0 && !undoing_ &&
           request_.body.on_timeout == OnTimeout::stop &&
           now - stage_since_ >= request_.body.timeout_ms.value_or(defaults::drain_timeout);
}

// A drain, or one that came before a stop which left the process alone.
bool Operation::undoable() const {
    const Stage& first = stages_.front();
    if (undoing_ || first.size() == 1 || first.front().action != Action::drain) {
        return false;
    }
    return stage_ == 0 || (stage_ == 1 && stages_[1].front().untouched);
}

void Operation::undo() {
    Stage back;
    for (const Step& step : stages_.front()) {
        const bool began =
            (step.ours && step.state != Step::State::failed) || step.state == Step::State::unsure;
        if (began && step.action == Action::drain) {
            Step ready = this->step(step.place, Action::ready);
            ready.body = {};
            ready.body.wait = false;
            ready.body.by = request_.body.by;
            ready.body.reason = "undone: " + failure_text_;
            // Its process was not touched: no stage but the first is undone.
            ready.body.check = false;
            back.push_back(std::move(ready));
        }
    }
    undoing_ = true;
    stages_.push_back(std::move(back));
    stage_ = stages_.size() - 1;
}

std::string Operation::reached_text(Millis now) const {
    std::string time = " after " + duration_text(now - began_);
    if (cut_ != 0) {
        time += ", with " + std::to_string(cut_) + " in flight when the time for draining was over";
    }
    switch (request_.action) {
        case Action::drain:
            return "drained" + time;
        case Action::stop:
            return "stopped" + time;
        case Action::down:
            return "down";
        case Action::restart:
            return "restarted, ready" + time;
        default:
            return "ready" + time;
    }
}

// Moves on when everything of the stage has ended one way or the other.
void Operation::settle(Millis now) {
    if (verdict_ != Verdict::running) {
        return;
    }
    Stage& stage = stages_[stage_];
    const auto in = [&](Step::State state) {
        return std::ranges::any_of(stage, [&](const Step& s) { return s.state == state; });
    };
    for (Step& step : stage) {
        const Seen& seen = seen_[step.place];
        const bool open = step.state != Step::State::reached && step.state != Step::State::failed;
        if (open && seen.silent_since >= 0 && now - seen.silent_since >= request_.patience) {
            fail(step, Verdict::unreachable,
                 seen.target_name + " cannot be reached for " +
                     duration_text(now - seen.silent_since) + ": " + seen.silent);
        }
    }
    const bool drains = stages_.size() > 1 && stage_ == 0 && stage.size() > 1;
    if (in(Step::State::failed) && undoable()) {
        undo();
        if (!stages_.back().empty()) {
            stage_since_ = -1;
            return;
        }
        verdict_ = failure_;
        text_ = failure_text_;
        return;
    }
    if (overdue(now)) {
        for (Step& step : stage) {
            cut_ += step.state == Step::State::reached ? 0 : seen_[step.place].view.in_flight;
            step.state = Step::State::reached;
        }
        for (std::size_t i = 1; i < stages_.size(); ++i) {
            for (Step& step : stages_[i]) {
                // The time for draining is over.
                step.body.timeout_ms =
                    step.action == request_.action ? std::optional(1'000) : std::nullopt;
            }
        }
    }
    if (in(Step::State::unsent) || in(Step::State::unsure) || in(Step::State::tracking)) {
        return;
    }
    if (undoing_ || in(Step::State::failed)) {
        verdict_ = failure_;
        text_ = failure_text_;
        return;
    }
    if (drains && !cut_) {
        for (const Seen& seen : seen_) {
            if (in_rotation(seen.view.state)) {
                failure_ = Verdict::failed;
                failure_text_ = "on " + seen.target_name + " it was put back by another command" +
                                (seen.view.by.empty() ? "" : " (" + seen.view.by + ")") +
                                ": nothing was stopped";
                undo();
                stage_since_ = -1;
                return;
            }
        }
    }
    if (++stage_ == stages_.size()) {
        --stage_;
        verdict_ = Verdict::done;
        text_ = reached_text(now);
    }
    stage_since_ = -1;
}

}  // namespace lbdrain::ctl
