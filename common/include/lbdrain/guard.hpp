// The guard: may one more server of a service leave rotation?
//
// Rule: ready servers that remain >= min_ready, and never fewer than one, unless forced. The
// caller counts; the formula and its words stand here, for the module and the agent alike.
#pragma once

#include <cstdint>
#include <string>

namespace lbdrain {

enum class Verdict : std::uint8_t { allowed, last_ready_server, min_ready };

struct Capacity {
    unsigned ready_others = 0;  // servers of the service, without this one, that can take traffic
    unsigned min_ready = 1;
};

Verdict check_capacity(const Capacity& capacity) noexcept;

// One sentence that shows the sum, for the refused caller.
std::string explain(Verdict verdict, const Capacity& capacity);

}  // namespace lbdrain
