// The master's `show proc` as values. Plain data; the parser takes any bytes.
//
// The headings do not tell who serves: after a failed reload 3.2 and 3.4 list the serving worker
// under "# old workers". Only `show info` (Stopping) of each process does.
#pragma once

#include <sys/types.h>

#include <cstdint>
#include <expected>
#include <string>
#include <string_view>
#include <vector>

#include "runtime/error.hpp"

namespace lbdrain::haproxy {

struct Proc {
    pid_t pid = 0;
    std::uint32_t reloads =
        0;  // master: how often it was reloaded; worker: how often since its start
    std::uint64_t uptime_s = 0;
    std::string version;     // empty if not told
    bool under_old = false;  // stood under "# old workers"; see above
};

struct ProcList {
    Proc master;
    std::uint32_t failed_reloads = 0;  // since the last one that worked; 0 before 2.5
    std::vector<Proc> workers;         // new and old
    // External programs (up to 3.0) are left out.
};

// Takes the formats of 2.0 to 3.4 (columns by their names). Error: bad_reply.
std::expected<ProcList, Error> parse_proc_list(std::string_view text);

}  // namespace lbdrain::haproxy
