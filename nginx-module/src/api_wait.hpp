// An API request that waits for a sequence. Nothing blocks: a timer of the request's own looks at
// the state file. A client that goes away ends the wait and cancels nothing.
#pragma once

#include <cstdint>

#include "src/config.hpp"
#include "src/ngx.hpp"

namespace lbdrain::nginx {

// Waits for the end of sequence `id` of the server and replies then; with `lines`, sends progress
// as NDJSON meanwhile. The caller has taken a reference to the request (r->main->count), which
// finalising gives back.
void wait_for_sequence(ngx_http_request_t* r, const Place& place, std::uint64_t id, bool lines);

}  // namespace lbdrain::nginx
