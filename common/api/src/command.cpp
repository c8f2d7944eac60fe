#include "lbdrain/api/command.hpp"

namespace lbdrain::api {

Goal goal_of(Action action) noexcept {
    switch (action) {
        case Action::drain:
            return Goal::drained;
        case Action::stop:
            return Goal::stopped;
        case Action::restart:
            return Goal::restarted;
        case Action::down:
            return Goal::down;
        case Action::start:
        case Action::ready:
            break;
    }
    return Goal::ready;
}

bool stops_process(Action action) noexcept {
    return action == Action::stop || action == Action::restart;
}

Command make_command(const Sequence& sequence, const Policy& configured, bool start_hook,
                     Action action, const CommandRequest& request) {
    const bool starts = action == Action::start || action == Action::restart;
    Command command;
    command.goal = goal_of(action);
    command.policy = configured;
    command.policy.drain_timeout = request.timeout_ms.value_or(configured.drain_timeout);
    command.policy.settle = request.settle_ms.value_or(configured.settle);
    command.policy.on_timeout = request.on_timeout.value_or(configured.on_timeout);
    command.start_hook = starts && start_hook;
    command.check =
        starts || (action == Action::ready && request.check.value_or(process_unproven(sequence)));
    command.force = request.force;
    command.by.assign(request.by);
    command.reason.assign(request.reason);
    return command;
}

Problem problem_of(const SequenceRunning& running) {
    return Problem{ProblemCode::sequence_running, "a sequence with the goal \"" +
                                                      std::string(to_string(running.goal)) +
                                                      "\" is running, its state is \"" +
                                                      std::string(to_string(running.state)) + "\""};
}

}  // namespace lbdrain::api
