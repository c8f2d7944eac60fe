#include "balancer/poll_pace.hpp"

#include <algorithm>
#include <cstddef>

namespace lbdrain::agent {
namespace {

constexpr Millis least = 10;
constexpr Millis unreachable = 100;
constexpr Millis some_out = 250;
constexpr Millis most = 1000;
constexpr Millis share = 4;  // rest at least so many times as long as a poll takes

bool wants_out(const Wanted& wanted) {
    return wanted.rotation == Rotation::drain || wanted.rotation == Rotation::maint;
}

bool confirmed(const Seen& seen, const Wanted& wanted) {
    if (seen.revision != wanted.revision) {
        return false;
    }
    return wanted.rotation == Rotation::keep || (wants_out(wanted) ? seen.out : seen.in);
}

}  // namespace

Millis rest_after(const Snapshot& last, std::span<const Wanted> wanted, Millis poll_cost) {
    bool urgent = false;
    bool out = false;
    for (std::size_t i = 0; i < wanted.size(); ++i) {
        const bool seen = i < last.servers.size();
        urgent =
            urgent || wanted[i].watched ||
            (seen ? !confirmed(last.servers[i], wanted[i]) : wanted[i].rotation != Rotation::keep);
        out = out || wants_out(wanted[i]);
    }
    if (urgent) {
        return std::clamp(share * poll_cost, last.reachable ? least : unreachable, most);
    }
    return out ? std::clamp(share * poll_cost, some_out, most) : most;
}

Millis PollCost::after(Millis took, bool reachable) {
    if (!reachable) {
        return took;
    }
    took_[polls_++ % kept] = took;
    return std::ranges::min(std::span(took_).first(std::min<std::size_t>(polls_, kept)));
}

}  // namespace lbdrain::agent
