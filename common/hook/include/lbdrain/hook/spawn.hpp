// Starts lbdrain-hook, from a worker of NGINX or from the agent.
//
// NGINX's SIGCHLD handler reaps every child of a worker by waitpid(-1) and so steals its status,
// and logs an [alert] when one died of a signal. So the program is a grandchild: a middle process,
// created without an exit signal (invisible to waitpid(-1)), forks it and is gone at once. The
// outcome comes over the pipe, never as an exit status. It is the leader of a session of its own
// and outlives its caller, which needs to reap nothing. Any thread.
#pragma once

#include <expected>
#include <string>

namespace lbdrain::hook {

// Runs `program` with `input` on its standard input. Returns the reading end of its standard
// output: non-blocking, close-on-exec, owned by the caller.
std::expected<int, std::string> spawn_hook(const std::string& program, const std::string& input);

}  // namespace lbdrain::hook
