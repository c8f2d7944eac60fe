// Every server summed up over all workers. No I/O; stateless.
#pragma once

#include <sys/types.h>

#include <cstdint>
#include <string>
#include <vector>

#include "runtime/worker_view.hpp"

namespace lbdrain::haproxy {

struct ServerTotal {
    std::string backend;
    std::string server;
    std::uint64_t scur = 0;
    std::uint64_t qcur = 0;
    // Serving workers that have it neither in drain nor in maint: tell them by `set server`.
    std::vector<pid_t> live_in_rotation;
    // Old workers, likewise: only Lua or their exit helps.
    std::vector<pid_t> stopping_in_rotation;
    // Workers whose configuration does not have it.
    std::vector<pid_t> unknown_to;

    std::uint64_t in_flight() const { return scur + qcur; }
    bool out_everywhere() const { return live_in_rotation.empty() && stopping_in_rotation.empty(); }
};

// Every server that any worker has. The views are complete (is_complete()).
std::vector<ServerTotal> sum_over(const std::vector<WorkerView>& workers);

}  // namespace lbdrain::haproxy
