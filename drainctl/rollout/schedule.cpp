#include "rollout/schedule.hpp"

#include <algorithm>
#include <utility>

namespace lbdrain::ctl {

std::string_view to_string(StepState state) noexcept {
    switch (state) {
        case StepState::pending:
            return "pending";
        case StepState::running:
            return "running";
        case StepState::done:
            return "done";
        case StepState::failed:
            return "failed";
        case StepState::skipped:
            return "skipped";
    }
    return "?";
}

Schedule::Schedule(unsigned max_unavailable, Millis pause)
    : max_unavailable_(std::max(max_unavailable, 1U)), pause_(std::max<Millis>(pause, 0)) {}

Schedule::Schedule(const std::vector<std::string>& servers, unsigned max_unavailable, Millis pause)
    : Schedule(max_unavailable, pause) {
    for (const std::string& server : servers) {
        steps_.push_back({.server = server});
    }
}

Schedule Schedule::of(std::vector<Step> steps, unsigned max_unavailable, Millis pause) {
    Schedule schedule(max_unavailable, pause);
    schedule.steps_ = std::move(steps);
    for (const Step& step : schedule.steps_) {
        if (step.ended > 0) {
            schedule.last_end_ = std::max(schedule.last_end_.value_or(step.ended), step.ended);
        }
        if (step.state == StepState::failed && schedule.failure_.empty()) {
            schedule.failure_ = step.server + ": " + step.text;
        }
    }
    return schedule;
}

std::vector<std::string> Schedule::next(Millis now) {
    // The clock was set back: the pause is not to last as long as that.
    if (last_end_ && *last_end_ > now) {
        last_end_ = now;
    }
    std::vector<std::string> begun;
    const auto at = next_at();
    if (!at || *at > now) {
        return begun;
    }
    std::size_t out = count(StepState::running);
    for (Step& step : steps_) {
        if (out == max_unavailable_) {
            break;
        }
        if (step.state == StepState::pending) {
            step.state = StepState::running;
            step.begun = now;
            step.ended = 0;
            step.text.clear();
            begun.push_back(step.server);
            ++out;
        }
    }
    return begun;
}

std::optional<Millis> Schedule::next_at() const {
    if (over() || count(StepState::running) >= max_unavailable_) {
        return std::nullopt;
    }
    return last_end_ ? *last_end_ + pause_ : 0;
}

bool Schedule::ended(std::string_view server, bool good, std::string text, Millis now) {
    const auto step = std::ranges::find_if(steps_, [&](const Step& each) {
        return each.server == server && each.state == StepState::running;
    });
    if (step == steps_.end()) {
        return false;
    }
    step->state = good ? StepState::done : StepState::failed;
    step->ended = now;
    step->text = std::move(text);
    last_end_ = now;
    if (!good && failure_.empty()) {
        failure_ = step->server + ": " + step->text;
    }
    return true;
}

void Schedule::stop(std::string why) {
    if (!stopped_) {
        stopped_ = std::move(why);
    }
}

bool Schedule::over() const {
    return !may_begin() || count(StepState::pending) == 0;
}

bool Schedule::finished() const {
    return over() && count(StepState::running) == 0;
}

Schedule::Result Schedule::result() const {
    Result result;
    result.done = count(StepState::done);
    result.failed = count(StepState::failed);
    result.skipped = count(StepState::skipped);
    result.left = count(StepState::pending);
    if (result.failed > 0) {
        result.outcome = Result::Outcome::failed;
        result.text = failure_;
    } else if (stopped_ && result.left > 0) {
        result.outcome = Result::Outcome::stopped;
        result.text = *stopped_;
    }
    return result;
}

std::vector<std::string> Schedule::running() const {
    std::vector<std::string> names;
    for (const Step& step : steps_) {
        if (step.state == StepState::running) {
            names.push_back(step.server);
        }
    }
    return names;
}

std::size_t Schedule::count(StepState state) const {
    return static_cast<std::size_t>(std::ranges::count(steps_, state, &Step::state));
}

bool Schedule::may_begin() const {
    return !stopped_ && failure_.empty();
}

}  // namespace lbdrain::ctl
