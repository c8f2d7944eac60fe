// A running operation in words: what a person reads while it runs. Pure functions.
#pragma once

#include <string>
#include <vector>

#include "operation/operation.hpp"

namespace lbdrain::ctl {

// What it waits for, on which target: "edge-1: 3 requests in flight; 14m 51s left to the deadline";
// targets that are where they should be are not named, unless all are.
std::string waiting_text(const Operation& operation, Millis now);

// The state furthest from ready over its targets.
ServerState state_of(const Operation& operation);

// What is still in flight, on all targets.
std::uint64_t in_flight(const Operation& operation);

// "drain", "restart" as a thing that goes on: "draining", "restarting".
std::string_view doing(api::Action action);

// After Ctrl-C: how to join what goes on, and how to undo it, one line each.
std::vector<std::string> how_to_go_on(const Operation& operation, const std::string& program);

}  // namespace lbdrain::ctl
