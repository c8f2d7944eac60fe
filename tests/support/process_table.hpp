// Who is running: a snapshot of /proc. Stateless, callable from any thread.
#pragma once

#include <sys/types.h>

#include <cstdint>
#include <string>
#include <vector>

namespace lbdrain::test {

struct ProcessEntry {
    pid_t pid = 0;
    pid_t parent = 0;
    std::uint64_t start = 0;  // clock ticks after boot; with the pid it names a process for ever
    std::string title;        // command line, blanks between the arguments
};

// Children, their children and so on; zombies left out. The parents come before their children.
std::vector<ProcessEntry> descendants_of(pid_t root);

// Gone means: no such process, a zombie, or another one under the same pid.
bool is_gone(const ProcessEntry& process);

}  // namespace lbdrain::test
