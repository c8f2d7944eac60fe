#include "src/rotation.hpp"

namespace lbdrain::nginx {
namespace {

using Peer = ngx_http_upstream_rr_peer_t;
using Peers = ngx_http_upstream_rr_peers_t;

Peers* peers_of(const Group& group) noexcept {
    // Read anew each time: the zone module replaces it by the shared copy.
    return static_cast<Peers*>(group.upstream->peer.data);
}

void take_out(Peers* peers, Peer* peer) noexcept {
    if (peer->down == 0) {
        --peers->tries;
    }
    peer->down |= drain_bit;
}

// A server that comes back starts without the failures of its old process.
void put_back(Peers* peers, Peer* peer) noexcept {
    peer->down &= ~drain_bit;
    if (peer->down == 0) {
        ++peers->tries;
    }
    peer->fails = 0;
    peer->accessed = 0;
    peer->checked = 0;
    peer->effective_weight = peer->weight;
    peer->current_weight = 0;
}

void apply(const StateFile& state, const Group& group, Peers* peers) noexcept {
    ngx_http_upstream_rr_peers_wlock(peers);
    for (Peer* peer = peers->peer; peer != nullptr; peer = peer->next) {
        const auto index = group.table.find(peer->sockaddr, peer->socklen);
        if (!index) {
            continue;
        }
        // Read inside the lock: the last process to take it leaves the newest state behind.
        const bool out = (state.flags(*index).load(std::memory_order_acquire) & flag_out) != 0;
        if (out != ((peer->down & drain_bit) != 0)) {
            out ? take_out(peers, peer) : put_back(peers, peer);
        }
    }
    ngx_http_upstream_rr_peers_unlock(peers);
}

}  // namespace

void apply_rotation(const StateFile& state, const Group& group) noexcept {
    for (Peers* peers = peers_of(group); peers != nullptr; peers = peers->next) {
        apply(state, group, peers);
    }
}

bool peer_available(const Group& group, std::uint32_t index) noexcept {
    for (Peers* peers = peers_of(group); peers != nullptr; peers = peers->next) {
        bool available = false;
        ngx_http_upstream_rr_peers_rlock(peers);
        for (const Peer* peer = peers->peer; peer != nullptr; peer = peer->next) {
            const auto found = group.table.find(peer->sockaddr, peer->socklen);
            const bool failing = peer->max_fails != 0 && peer->fails >= peer->max_fails &&
                                 ngx_time() - peer->checked <= peer->fail_timeout;
            if (found == index && peer->down == 0 && !failing) {
                available = true;
            }
        }
        ngx_http_upstream_rr_peers_unlock(peers);
        if (available) {
            return true;
        }
    }
    return false;
}

}  // namespace lbdrain::nginx
