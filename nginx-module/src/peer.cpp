#include "src/peer.hpp"

#include <type_traits>

#include "src/lifecycle.hpp"
#include "src/module.hpp"
#include "src/rotation.hpp"
#include "state/selecting.hpp"

namespace lbdrain::nginx {
namespace {

// One upstream request. Stands in the request's pool.
struct PeerContext {
    Group* group;
    Count* counted;  // raised for the server chosen now; null: none is
    void* data;
    ngx_event_get_peer_pt get;
    ngx_event_free_peer_pt free;
    ngx_event_notify_peer_pt notify;
#if (NGX_SSL || NGX_COMPAT)
    ngx_event_set_peer_session_pt set_session;
    ngx_event_save_peer_session_pt save_session;
#endif
};
static_assert(std::is_trivially_destructible_v<PeerContext>);

ngx_int_t get_peer(ngx_peer_connection_t* pc, void* data) noexcept {
    auto* context = static_cast<PeerContext*>(data);
    const Selecting selecting(own_slot());
    refresh_rotation(*state_file(), *context->group);
    const ngx_int_t rc = context->get(pc, context->data);
    // NGX_DONE: a cached connection to the chosen peer (keepalive).
    if ((rc == NGX_OK || rc == NGX_DONE) && own_counts() != nullptr) {
        if (const auto index = context->group->table.find(pc->sockaddr, pc->socklen)) {
            context->counted = &own_counts()[*index];
            add(*context->counted, 1);
        }
    }
    return rc;
}

void free_peer(ngx_peer_connection_t* pc, void* data, ngx_uint_t state) noexcept {
    auto* context = static_cast<PeerContext*>(data);
    context->free(pc, context->data, state);
    if (context->counted != nullptr) {
        add(*context->counted, -1);
        context->counted = nullptr;
    }
}

void notify_peer(ngx_peer_connection_t* pc, void* data, ngx_uint_t type) noexcept {
    auto* context = static_cast<PeerContext*>(data);
    context->notify(pc, context->data, type);
}

#if (NGX_SSL || NGX_COMPAT)
ngx_int_t set_session(ngx_peer_connection_t* pc, void* data) noexcept {
    auto* context = static_cast<PeerContext*>(data);
    return context->set_session(pc, context->data);
}

void save_session(ngx_peer_connection_t* pc, void* data) noexcept {
    auto* context = static_cast<PeerContext*>(data);
    context->save_session(pc, context->data);
}
#endif

}  // namespace

ngx_int_t init_peer(ngx_http_request_t* r, ngx_http_upstream_srv_conf_t* upstream) noexcept {
    Group* group = upstream_conf(upstream)->group;
    // Before the original: it takes peer.tries from the peers that are not down.
    refresh_rotation(*state_file(), *group);
    if (group->original_init(r, upstream) != NGX_OK) {
        return NGX_ERROR;
    }
    auto* context = static_cast<PeerContext*>(ngx_palloc(r->pool, sizeof(PeerContext)));
    if (context == nullptr) {
        return NGX_ERROR;
    }
    ngx_peer_connection_t& peer = r->upstream->peer;
    context->group = group;
    context->counted = nullptr;
    context->data = peer.data;
    context->get = peer.get;
    context->free = peer.free;
    context->notify = peer.notify;
    peer.data = context;
    peer.get = get_peer;
    peer.free = free_peer;
    if (peer.notify != nullptr) {
        peer.notify = notify_peer;
    }
#if (NGX_SSL || NGX_COMPAT)
    context->set_session = peer.set_session;
    context->save_session = peer.save_session;
    if (peer.set_session != nullptr) {
        peer.set_session = set_session;
    }
    if (peer.save_session != nullptr) {
        peer.save_session = save_session;
    }
#endif
    return NGX_OK;
}

}  // namespace lbdrain::nginx
