#include "lbdrain/waiting_for.hpp"

#include <algorithm>

namespace lbdrain {
namespace {

std::string requests(std::uint64_t count) {
    return std::to_string(count) + (count == 1 ? " request" : " requests");
}

std::string drain_text(const Sequence& s, const Observation& seen, Millis now) {
    if (seen.in_flight + seen.queued > 0) {
        std::string text = requests(seen.in_flight) + " in flight";
        if (seen.queued > 0) {
            text += ", " + std::to_string(seen.queued) + " queued";
        }
        if (s.overdue) {
            return text + "; past the deadline, waiting on as asked";
        }
        return text + "; " + duration_text(std::max<Millis>(0, s.deadline - now)) +
               " left to the deadline";
    }
    if (!seen.complete) {
        return "a worker whose count cannot be read yet";
    }
    if (!seen.out_of_rotation) {
        return "a worker that has yet to take it out of rotation";
    }
    const Millis held = s.zero_since < 0 ? 0 : now - s.zero_since;
    return "nothing in flight, to hold for " +
           duration_text(std::max<Millis>(0, s.policy.settle - held)) + " more";
}

std::string_view run_name(RunKind kind) {
    switch (kind) {
        case RunKind::stop:
            return "the stop hook";
        case RunKind::start:
            return "the start hook";
        case RunKind::ready_check:
            return "the ready check";
        case RunKind::none:
            break;
    }
    return "nothing";
}

}  // namespace

std::string duration_text(Millis duration) {
    if (duration < 1000) {
        return std::to_string(duration) + " ms";
    }
    const Millis seconds = duration / 1000;
    if (seconds < 60) {
        return std::to_string(seconds) + "." + std::to_string(duration % 1000 / 100) + " s";
    }
    if (seconds < 3600) {
        return std::to_string(seconds / 60) + "m " + std::to_string(seconds % 60) + "s";
    }
    return std::to_string(seconds / 3600) + "h " + std::to_string(seconds % 3600 / 60) + "m";
}

std::string waiting_for(const Sequence& s, const Observation& seen, Millis now) {
    switch (s.state) {
        case ServerState::draining:
            return drain_text(s, seen, now);
        case ServerState::stopping:
        case ServerState::starting: {
            std::string text(run_name(s.run.kind));
            text += " (" + duration_text(std::max<Millis>(0, now - s.run_since)) + ")";
            if (!s.progress.empty()) {
                text += ": ";
                text += s.progress.view();
            }
            return text;
        }
        case ServerState::warming:
            if (s.policy.confirm && !seen.back) {
                return "every balancer to send it traffic again";
            }
            return "its share of the traffic to ramp up, " +
                   duration_text(std::max<Millis>(0, s.policy.slow_start - (now - s.since))) +
                   " to go";
        default:
            return {};
    }
}

}  // namespace lbdrain
