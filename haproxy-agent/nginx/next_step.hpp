// What to do about one server, from how the module shows it and what is wanted of it; and what is
// seen of it. Pure.
//
// The module keeps who commanded last. What a person commanded there stands: it is not joined, not
// undone and not trusted to last, for a person's drain may be put back by its own deadline.
#pragma once

#include <string>

#include "balancer/balancer.hpp"
#include "lbdrain/api/views.hpp"

namespace lbdrain::agent {

// Begins the `by` of all commands of ours, whichever agent and whenever.
inline constexpr std::string_view our_name = "drain-agent";

struct Step {
    enum class Kind { none, drain, ready };
    Kind kind = Kind::none;
    std::string by;        // of the command
    std::string obstacle;  // why nothing can be done though something is wanted
};

Step next_step(const api::ServerView& server, Rotation wanted);

Seen seen_of(const api::ServerView& server, const Wanted& wanted);

}  // namespace lbdrain::agent
