#include "rollout/resume.hpp"

#include <algorithm>
#include <utility>

namespace lbdrain::ctl {
namespace {

// The order in which the steps stand in the new schedule.
int rank(const Step& step) {
    switch (step.state) {
        case StepState::done:
        case StepState::skipped:
            return 0;
        case StepState::running:
            return 1;
        case StepState::failed:
            return 2;
        case StepState::pending:
            return 3;
    }
    return 3;
}

}  // namespace

Resumed resume(const Journal& journal, const std::vector<std::string>& servers) {
    const auto there = [&](const std::string& name) {
        return std::ranges::find(servers, name) != servers.end();
    };
    std::vector<Step> steps = journal.steps;
    std::ranges::stable_sort(steps, {}, rank);

    std::vector<std::string> again;
    std::vector<std::string> vanished;
    for (Step& step : steps) {
        if (step.state == StepState::done || step.state == StepState::skipped) {
            continue;
        }
        if (!there(step.server)) {
            step.state = StepState::skipped;
            step.text = "the service no longer has it";
            vanished.push_back(step.server);
            continue;
        }
        if (step.state != StepState::pending) {
            again.push_back(step.server);
        }
        step.state = StepState::pending;  // its times stay until it begins: a pause goes by them
    }
    std::vector<std::string> appeared;
    for (const std::string& server : servers) {
        if (std::ranges::find(journal.steps, server, &Step::server) == journal.steps.end()) {
            appeared.push_back(server);
        }
    }
    return {.schedule = Schedule::of(std::move(steps), journal.max_unavailable, journal.pause),
            .again = std::move(again),
            .vanished = std::move(vanished),
            .appeared = std::move(appeared)};
}

}  // namespace lbdrain::ctl
