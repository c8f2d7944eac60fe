// A server's share while it is ramped up, in HAProxy's arithmetic. Pure.
#pragma once

#include <sys/types.h>

#include <cstdint>
#include <expected>

#include "runtime/error.hpp"
#include "runtime/server_command.hpp"

namespace lbdrain::agent {

// The percentage to say for `wanted` percent of a configured weight: HAProxy divides integers, so
// that 50 % of weight 1 would be 0, which takes the server out of rotation. Never less than what
// makes 1.
constexpr std::uint32_t weight_percent_for(std::uint32_t configured, unsigned wanted) {
    if (configured == 0 || wanted >= 100) {
        return 100;
    }
    const std::uint32_t least = (100 + configured - 1) / configured;
    return wanted < least ? least : wanted;
}

// What HAProxy makes of it (srv_uweight).
constexpr std::uint32_t weight_after(std::uint32_t configured, std::uint32_t percent) {
    return configured * percent / 100;
}

// A stats socket may be answered by another worker than the one that was meant.
inline std::expected<void, haproxy::Error> confirm_weight(
    const std::expected<haproxy::Confirmed, haproxy::Error>& confirmed, pid_t pid) {
    if (!confirmed) {
        return std::unexpected(confirmed.error());
    }
    if (confirmed->pid != pid) {
        return std::unexpected(haproxy::Error{haproxy::ErrorCode::generation_changed,
                                              "another worker took the weight"});
    }
    return {};
}

}  // namespace lbdrain::agent
