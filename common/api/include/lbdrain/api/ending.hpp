// How a wait for a sequence ended, and how that is told to the client that waited.
#pragma once

#include <cstdint>
#include <optional>
#include <string>

#include "lbdrain/api/problem.hpp"
#include "lbdrain/api/views.hpp"
#include "lbdrain/sequence.hpp"

namespace lbdrain::api {

// How sequence `id` ended, told from what the server's sequence is now; nullopt: it still runs.
std::optional<Ending> ending_of(const Sequence& sequence, std::uint64_t id);

// Of an ending whose outcome is not `reached`. `view` is the server as it is now.
Problem problem_of(const Ending& ending, const ServerView& view);

// The last line of a wait that missed its goal: {"event":"failed",...,"problem":{...}}.
std::string failed_line(const Problem& problem, const ServerView& view);

// The last line of a wait, and of /v1/events, when the program that answers goes away while the
// sequence goes on. Of /v1/events there is no server to name.
std::string interrupted_line(const Problem& problem, const ServerView& view);
std::string interrupted_line(const Problem& problem);

// A line of /v1/events: a reload of the configuration took the server away.
std::string removed_line(const std::string& service, const std::string& server);

}  // namespace lbdrain::api
