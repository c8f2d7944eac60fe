// The fence between NGINX's C and our C++: no exception crosses it.
#pragma once

#include <exception>

#include "src/ngx.hpp"

namespace lbdrain::nginx {

template <typename Result, typename Function>
Result fenced(ngx_log_t* log, Result on_error, Function&& function) noexcept {
    try {
        return function();
    } catch (const std::exception& error) {
        ngx_log_error(NGX_LOG_ERR, log, 0, "drain: %s", error.what());
    } catch (...) {
        ngx_log_error(NGX_LOG_ERR, log, 0, "drain: unknown error");
    }
    return on_error;
}

template <typename Function>
void fenced(ngx_log_t* log, Function&& function) noexcept {
    fenced(log, 0, [&] {
        function();
        return 0;
    });
}

// For the callbacks of a request outside its content handler: an error ends the request.
template <typename Function>
void fenced_request(ngx_http_request_t* r, Function&& function) noexcept {
    const bool fine = fenced(r->connection->log, false, [&] {
        function();
        return true;
    });
    if (!fine) {
        ngx_http_finalize_request(r, NGX_HTTP_INTERNAL_SERVER_ERROR);
    }
}

}  // namespace lbdrain::nginx
