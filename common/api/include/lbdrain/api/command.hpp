// What a request of the API means to the drain sequence; the same for the module and the agent.
// Pure functions.
#pragma once

#include "lbdrain/api/command_request.hpp"
#include "lbdrain/api/problem.hpp"
#include "lbdrain/sequence.hpp"

namespace lbdrain::api {

// Where the action wants the server.
Goal goal_of(Action action) noexcept;

// Its process is going to be stopped.
bool stops_process(Action action) noexcept;

// `configured`: the server's policy, of which the request may change parts. `start_hook`: it has
// one.
Command make_command(const Sequence& sequence, const Policy& configured, bool start_hook,
                     Action action, const CommandRequest& request);

// For a command that was refused because of a running sequence.
Problem problem_of(const SequenceRunning& running);

}  // namespace lbdrain::api
