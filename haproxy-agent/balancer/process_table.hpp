// Processes of the same HAProxy on this machine, by /proc: those that a stats socket cannot show.
// Stateless; reads only what any user may read.
#pragma once

#include <sys/types.h>

#include <compare>
#include <cstdint>
#include <expected>
#include <string>
#include <vector>

namespace lbdrain::agent {

// Names a process for ever: pids are used again.
struct ProcessId {
    pid_t pid = 0;
    std::uint64_t start = 0;  // clock ticks after boot

    auto operator<=>(const ProcessId&) const = default;
};

// `pid` and all that run the same program with the same configuration files, masters left out (the
// parents of others among them). Error: `pid` is not a HAProxy that can be seen from here, so that
// nothing is known.
std::expected<std::vector<ProcessId>, std::string> siblings_of(pid_t pid);

}  // namespace lbdrain::agent
