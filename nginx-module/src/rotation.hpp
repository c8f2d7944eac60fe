// Puts the servers' states into NGINX's own peers, in this process or in the shared zone.
#pragma once

#include "src/config.hpp"
#include "src/ngx.hpp"
#include "state/state_file.hpp"

namespace lbdrain::nginx {

// Our own bit of peer->down. Every core balancer skips a peer whose `down` is not zero; another bit
// than nginx's own `drain` (8, since 1.29.6), because that one still admits sticky requests.
inline constexpr ngx_uint_t drain_bit = 0x100;

// Sets or clears the bit in every peer of the group, and keeps peers->tries (the number of peers
// that are not down) right. Takes the peers' write lock: a few stores, nothing that can fail.
void apply_rotation(const StateFile& state, const Group& group) noexcept;

// The same if the epoch moved since this process applied the states of this group.
inline void refresh_rotation(const StateFile& state, Group& group) noexcept {
    const std::uint32_t epoch = state.header().epoch.load(std::memory_order_seq_cst);
    if (epoch != group.applied_epoch) {
        apply_rotation(state, group);
        group.applied_epoch = epoch;
    }
}

// Does NGINX itself think that the peer can take requests (max_fails)? As this process sees it.
bool peer_available(const Group& group, std::uint32_t index) noexcept;

}  // namespace lbdrain::nginx
