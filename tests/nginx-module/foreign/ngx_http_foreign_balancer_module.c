/*
 * A balancing method of somebody else, as third-party modules have them: `foreign_balancer;` in an
 * upstream sends every request to its first server and keeps a structure of its own where NGINX's
 * methods keep their peers. For tests only; never installed.
 */
#include <ngx_config.h>
#include <ngx_core.h>
#include <ngx_http.h>

typedef struct {
    u_char noise[512]; /* where a reader of NGINX's own structure would look for pointers */
    ngx_addr_t* address;
} foreign_peers_t;

static char* foreign_balancer(ngx_conf_t* cf, ngx_command_t* cmd, void* conf);

static ngx_command_t commands[] = {
    {ngx_string("foreign_balancer"), NGX_HTTP_UPS_CONF | NGX_CONF_NOARGS, foreign_balancer, 0, 0,
     NULL},
    ngx_null_command};

static ngx_http_module_t context = {NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL};

ngx_module_t ngx_http_foreign_balancer_module = {
    NGX_MODULE_V1, &context, commands, NGX_HTTP_MODULE,      NULL, NULL, NULL, NULL,
    NULL,          NULL,     NULL,     NGX_MODULE_V1_PADDING};

__attribute__((visibility("default")))
ngx_module_t* ngx_modules[] = {&ngx_http_foreign_balancer_module, NULL};
__attribute__((visibility("default"))) char* ngx_module_names[] = {
    "ngx_http_foreign_balancer_module", NULL};
__attribute__((visibility("default"))) char* ngx_module_order[] = {NULL};

static ngx_int_t get_peer(ngx_peer_connection_t* pc, void* data) {
    foreign_peers_t* peers = data;

    pc->sockaddr = peers->address->sockaddr;
    pc->socklen = peers->address->socklen;
    pc->name = &peers->address->name;
    return NGX_OK;
}

static void free_peer(ngx_peer_connection_t* pc, void* data, ngx_uint_t state) {
    pc->tries = 0;
}

static ngx_int_t init_peer(ngx_http_request_t* r, ngx_http_upstream_srv_conf_t* us) {
    r->upstream->peer.data = us->peer.data;
    r->upstream->peer.get = get_peer;
    r->upstream->peer.free = free_peer;
    r->upstream->peer.tries = 1;
    return NGX_OK;
}

static ngx_int_t init_upstream(ngx_conf_t* cf, ngx_http_upstream_srv_conf_t* us) {
    ngx_http_upstream_server_t* servers = us->servers->elts;
    foreign_peers_t* peers = ngx_palloc(cf->pool, sizeof(foreign_peers_t));

    if (peers == NULL) {
        return NGX_ERROR;
    }
    ngx_memset(peers->noise, 0xA5, sizeof(peers->noise));
    peers->address = &servers[0].addrs[0];
    us->peer.init = init_peer;
    us->peer.data = peers;
    return NGX_OK;
}

static char* foreign_balancer(ngx_conf_t* cf, ngx_command_t* cmd, void* conf) {
    ngx_http_upstream_srv_conf_t* us =
        ngx_http_conf_get_module_srv_conf(cf, ngx_http_upstream_module);

    us->peer.init_upstream = init_upstream;
    us->flags = NGX_HTTP_UPSTREAM_CREATE;
    return NGX_CONF_OK;
}
