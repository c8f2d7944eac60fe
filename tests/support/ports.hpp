// TCP ports for servers that must know theirs before they start (nginx).
// Below the ephemeral range, in blocks that one process holds for life, so that tests running side
// by side never get the same one. Callable from any thread.
#pragma once

#include <cstdint>

namespace lbdrain::test {

// A loopback port nobody listens on and no other test process will be given. Never the same twice.
std::uint16_t free_port();

}  // namespace lbdrain::test
