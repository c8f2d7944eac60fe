// How a replica answers one request, as the request's own query arguments say. A plain value.
//   chunks=N gap_ms=T gap_max_ms=T   N tokens, T (or T..T') apart, and the end marker one gap later
//   delay_ms=T                       before the first byte
//   sse=1                            server-sent events
//   unary=1                          one piece with a Content-Length
//   status=S                         that status, no tokens
//   hold_at=K                        where a held response waits: after K tokens (0: before the
//   head) close=1                          Connection: close
// Faults, for tests of those who must notice them; K is the number of tokens sent before:
//   reset_at=K stall_at=K truncate_at=K skip=K no_end=1
#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "wait.hpp"

namespace lbdrain::test {

struct ResponsePlan {
    int chunks = 3;
    Millis gap{0};
    Millis gap_max{0};  // below gap: always gap
    Millis delay{0};
    bool sse = false;
    bool unary = false;
    int status = 200;
    int hold_at = 0;
    bool close = false;
    std::optional<int> reset_at;
    std::optional<int> stall_at;
    std::optional<int> truncate_at;
    std::optional<int> skip;
    bool no_end = false;
};

// Unknown arguments are left alone: they belong to others (a hash key, say).
ResponsePlan plan_from_target(std::string_view target);

// The path without the query.
std::string_view path_of(std::string_view target);

}  // namespace lbdrain::test
