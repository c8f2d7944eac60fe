// Takes a command of the API: checks it against configuration and guards, and puts it into the
// state file, where whichever worker drives finds it.
#pragma once

#include <cstdint>
#include <expected>
#include <string>
#include <variant>

#include "lbdrain/api/command_request.hpp"
#include "lbdrain/api/problem.hpp"
#include "src/config.hpp"
#include "state/state_file.hpp"

namespace lbdrain::nginx {

struct Taken {
    Accepted how = Accepted::already;
    std::uint64_t id = 0;  // of the sequence to wait for; 0: nothing to wait for
};

// Another worker is changing the state just now; ask again in a millisecond.
struct Busy {};

using CommandFailure = std::variant<Busy, api::Problem>;

std::expected<Taken, CommandFailure> take_command(const MainConf& main, const StateFile& state,
                                                  const Place& place, api::Action action,
                                                  const api::CommandRequest& request);

}  // namespace lbdrain::nginx
