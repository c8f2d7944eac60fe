#include "lbdrain/server_state.hpp"

namespace lbdrain {

std::string_view to_string(ServerState state) noexcept {
    switch (state) {
        case ServerState::ready:
            return "ready";
        case ServerState::draining:
            return "draining";
        case ServerState::drained:
            return "drained";
        case ServerState::stopping:
            return "stopping";
        case ServerState::stopped:
            return "stopped";
        case ServerState::starting:
            return "starting";
        case ServerState::warming:
            return "warming";
        case ServerState::failed:
            return "failed";
        case ServerState::down:
            return "down";
    }
    return "unknown";
}

std::string_view to_string(Goal goal) noexcept {
    switch (goal) {
        case Goal::none:
            return "none";
        case Goal::drained:
            return "drained";
        case Goal::stopped:
            return "stopped";
        case Goal::ready:
            return "ready";
        case Goal::restarted:
            return "restarted";
        case Goal::down:
            return "down";
    }
    return "unknown";
}

std::string_view to_string(OnTimeout policy) noexcept {
    switch (policy) {
        case OnTimeout::readmit:
            return "readmit";
        case OnTimeout::stop:
            return "stop";
        case OnTimeout::wait:
            return "wait";
    }
    return "unknown";
}

std::string_view to_string(Outcome outcome) noexcept {
    switch (outcome) {
        case Outcome::none:
            return "none";
        case Outcome::reached:
            return "reached";
        case Outcome::drain_timeout:
            return "drain_timeout";
        case Outcome::stop_failed:
            return "stop_failed";
        case Outcome::not_ready:
            return "not_ready";
        case Outcome::cancelled:
            return "cancelled";
    }
    return "unknown";
}

std::optional<OnTimeout> parse_on_timeout(std::string_view text) noexcept {
    for (auto policy : {OnTimeout::readmit, OnTimeout::stop, OnTimeout::wait}) {
        if (text == to_string(policy)) {
            return policy;
        }
    }
    return std::nullopt;
}

}  // namespace lbdrain
