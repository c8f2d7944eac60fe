// Sends replies of the drain API.
#pragma once

#include <string>
#include <string_view>

#include "lbdrain/api/problem.hpp"
#include "src/ngx.hpp"

namespace lbdrain::nginx {

// A whole reply. Returns what a content handler returns.
ngx_int_t reply(ngx_http_request_t* r, int status, std::string_view type, const std::string& body);
ngx_int_t reply(ngx_http_request_t* r, const api::Problem& problem);

// A reply in pieces: the header now, then lines, the last of them marked so.
ngx_int_t begin_lines(ngx_http_request_t* r);
ngx_int_t send_line(ngx_http_request_t* r, const std::string& line, bool last);

// Does the client ask for this media type?
bool accepts(ngx_http_request_t* r, std::string_view type);

}  // namespace lbdrain::nginx
