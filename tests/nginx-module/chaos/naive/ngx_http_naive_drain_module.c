/*
 * The control of the chaos test: draining as the existing open-source modules allow it. It sets
 * `down` in the upstream's zone and tells the zone's `conns`, and knows nothing of other
 * generations of workers. For tests only; never installed.
 *
 *     location = /naive { naive_drain; }
 *     GET /naive?upstream=NAME&server=ADDR:PORT&down=0|1   ->  "DOWN CONNS\n"
 *     (without `down` it only looks)
 */
#include <ngx_config.h>
#include <ngx_core.h>
#include <ngx_http.h>

static char *ngx_http_naive_drain(ngx_conf_t *cf, ngx_command_t *cmd, void *conf);

static ngx_command_t commands[] = {
    {ngx_string("naive_drain"), NGX_HTTP_LOC_CONF | NGX_CONF_NOARGS, ngx_http_naive_drain, 0, 0,
     NULL},
    ngx_null_command};

static ngx_http_module_t context = {NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL};

ngx_module_t ngx_http_naive_drain_module = {
    NGX_MODULE_V1, &context, commands, NGX_HTTP_MODULE, NULL, NULL, NULL, NULL, NULL, NULL, NULL,
    NGX_MODULE_V1_PADDING};

__attribute__((visibility("default"))) ngx_module_t *ngx_modules[] = {&ngx_http_naive_drain_module,
                                                                      NULL};
__attribute__((visibility("default"))) char *ngx_module_names[] = {"ngx_http_naive_drain_module",
                                                                   NULL};
__attribute__((visibility("default"))) char *ngx_module_order[] = {NULL};

static ngx_http_upstream_rr_peers_t *find_peers(ngx_http_request_t *r, ngx_str_t *name) {
    ngx_http_upstream_main_conf_t *umcf =
        ngx_http_get_module_main_conf(r, ngx_http_upstream_module);
    ngx_http_upstream_srv_conf_t **all = umcf->upstreams.elts;
    ngx_uint_t i;

    for (i = 0; i < umcf->upstreams.nelts; i++) {
        if (all[i]->host.len == name->len &&
            ngx_strncmp(all[i]->host.data, name->data, name->len) == 0) {
            return all[i]->peer.data;
        }
    }
    return NULL;
}

static ngx_int_t handler(ngx_http_request_t *r) {
    ngx_http_upstream_rr_peers_t *peers;
    ngx_http_upstream_rr_peer_t *peer;
    ngx_str_t upstream, server, down;
    ngx_uint_t set;
    ngx_buf_t *b;
    ngx_chain_t out;

    if (ngx_http_arg(r, (u_char *) "upstream", 8, &upstream) != NGX_OK ||
        ngx_http_arg(r, (u_char *) "server", 6, &server) != NGX_OK) {
        return NGX_HTTP_BAD_REQUEST;
    }
    set = ngx_http_arg(r, (u_char *) "down", 4, &down) == NGX_OK;
    peers = find_peers(r, &upstream);
    b = ngx_create_temp_buf(r->pool, 2 * NGX_INT_T_LEN + 2);
    if (peers == NULL || b == NULL) {
        return NGX_HTTP_NOT_FOUND;
    }

    ngx_http_upstream_rr_peers_wlock(peers);
    for (peer = peers->peer; peer; peer = peer->next) {
        if (peer->name.len == server.len &&
            ngx_strncmp(peer->name.data, server.data, server.len) == 0) {
            if (set) {
                peer->down = down.data[0] == '1';
            }
            b->last = ngx_sprintf(b->last, "%ui %ui\n", peer->down, peer->conns);
        }
    }
    ngx_http_upstream_rr_peers_unlock(peers);

    r->headers_out.status = NGX_HTTP_OK;
    r->headers_out.content_length_n = b->last - b->pos;
    b->last_buf = 1;
    out.buf = b;
    out.next = NULL;
    if (ngx_http_send_header(r) != NGX_OK) {
        return NGX_ERROR;
    }
    return ngx_http_output_filter(r, &out);
}

static char *ngx_http_naive_drain(ngx_conf_t *cf, ngx_command_t *cmd, void *conf) {
    ngx_http_core_loc_conf_t *clcf = ngx_http_conf_get_module_loc_conf(cf, ngx_http_core_module);

    clcf->handler = handler;
    return NGX_CONF_OK;
}
