// Waiting for what no event tells.
#pragma once

#include <functional>

namespace lbdrain::hook::test {

/// Waits, in short steps, until `done` says so; false when it has not within 10 s.
bool eventually(const std::function<bool()>& done);

}  // namespace lbdrain::hook::test
