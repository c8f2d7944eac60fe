/* What NGINX looks for in a dynamic module; its own build would generate this file. */
#include <ngx_config.h>
#include <ngx_core.h>

extern ngx_module_t ngx_http_drain_module;

__attribute__((visibility("default"))) ngx_module_t *ngx_modules[] = {&ngx_http_drain_module, NULL};

__attribute__((visibility("default"))) char *ngx_module_names[] = {"ngx_http_drain_module", NULL};

__attribute__((visibility("default"))) char *ngx_module_order[] = {NULL};
