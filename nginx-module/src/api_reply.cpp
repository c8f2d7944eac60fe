#include "src/api_reply.hpp"

#include <cstring>

namespace lbdrain::nginx {
namespace {

ngx_int_t add_header(ngx_http_request_t* r, const char* key, const char* value) {
    auto* header = static_cast<ngx_table_elt_t*>(ngx_list_push(&r->headers_out.headers));
    if (header == nullptr) {
        return NGX_ERROR;
    }
    *header = ngx_table_elt_t{};
    header->hash = 1;
    header->key = {std::strlen(key), reinterpret_cast<u_char*>(const_cast<char*>(key))};
    header->value = {std::strlen(value), reinterpret_cast<u_char*>(const_cast<char*>(value))};
    return NGX_OK;
}

ngx_int_t send_header(ngx_http_request_t* r, int status, std::string_view type, off_t length) {
    r->headers_out.status = static_cast<ngx_uint_t>(status);
    r->headers_out.content_length_n = length;
    r->headers_out.content_type = {type.size(),
                                   reinterpret_cast<u_char*>(const_cast<char*>(type.data()))};
    r->headers_out.content_type_len = type.size();
    r->headers_out.content_type_lowcase = nullptr;
    if (add_header(r, "Cache-Control", "no-store") != NGX_OK) {
        return NGX_ERROR;
    }
    return ngx_http_send_header(r);
}

ngx_int_t send_body(ngx_http_request_t* r, const std::string& body, bool last) {
    ngx_buf_t* buffer = ngx_create_temp_buf(r->pool, body.empty() ? 1 : body.size());
    if (buffer == nullptr) {
        return NGX_ERROR;
    }
    buffer->last = ngx_cpymem(buffer->last, body.data(), body.size());
    buffer->flush = 1;
    buffer->last_buf = last && r == r->main ? 1 : 0;
    buffer->last_in_chain = last ? 1 : 0;
    ngx_chain_t out{buffer, nullptr};
    return ngx_http_output_filter(r, &out);
}

}  // namespace

ngx_int_t reply(ngx_http_request_t* r, int status, std::string_view type, const std::string& body) {
    const ngx_int_t rc = send_header(r, status, type, static_cast<off_t>(body.size()));
    if (rc == NGX_ERROR || rc > NGX_OK || r->header_only) {
        return rc;
    }
    return send_body(r, body, true);
}

ngx_int_t reply(ngx_http_request_t* r, const api::Problem& problem) {
    return reply(r, api::http_status(problem.code), api::problem_media_type, api::to_json(problem));
}

ngx_int_t begin_lines(ngx_http_request_t* r) {
    return send_header(r, NGX_HTTP_OK, api::ndjson_media_type, -1);
}

ngx_int_t send_line(ngx_http_request_t* r, const std::string& line, bool last) {
    return send_body(r, line, last);
}

bool accepts(ngx_http_request_t* r, std::string_view type) {
#if (NGX_HTTP_HEADERS)
    const ngx_table_elt_t* accept = r->headers_in.accept;
    if (accept != nullptr) {
        return view(accept->value).find(type) != std::string_view::npos;
    }
    return false;
#else
    for (ngx_list_part_t* part = &r->headers_in.headers.part; part != nullptr; part = part->next) {
        const auto* headers = static_cast<const ngx_table_elt_t*>(part->elts);
        for (ngx_uint_t i = 0; i < part->nelts; ++i) {
            if (headers[i].key.len == 6 &&
                ngx_strncasecmp(headers[i].key.data,
                                reinterpret_cast<u_char*>(const_cast<char*>("accept")), 6) == 0 &&
                view(headers[i].value).find(type) != std::string_view::npos) {
                return true;
            }
        }
    }
    return false;
#endif
}

}  // namespace lbdrain::nginx
