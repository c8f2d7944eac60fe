#include "src/older_workers.hpp"

#include <algorithm>
#include <cstdio>
#include <cstring>
#include <vector>

#include "src/ngx.hpp"

namespace lbdrain::nginx {
namespace {

struct OlderWorker {
    ngx_pid_t pid;
    unsigned long long start;  // a pid may be used again
};

// Filled in the master, inherited by all its later workers.
std::vector<OlderWorker> older_workers;

// Field 22 of /proc/PID/stat (proc(5)), in clock ticks after boot; 0: no such process. The second
// field, the name, may hold blanks and ends with the last ')'.
unsigned long long start_of(ngx_pid_t pid) noexcept {
    char path[64];
    char line[1024];
    std::snprintf(path, sizeof(path), "/proc/%d/stat", static_cast<int>(pid));
    std::FILE* file = std::fopen(path, "re");
    if (file == nullptr) {
        return 0;
    }
    const std::size_t size = std::fread(line, 1, sizeof(line) - 1, file);
    std::fclose(file);
    line[size] = '\0';
    const char* after_name = std::strrchr(line, ')');
    unsigned long long start = 0;
    if (after_name == nullptr ||
        std::sscanf(after_name + 1,
                    " %*c %*d %*d %*d %*d %*d %*u %*u %*u %*u %*u %*u %*u %*d %*d %*d %*d %*d "
                    "%*d %llu",
                    &start) != 1) {
        return 0;
    }
    return start;
}

}  // namespace

std::size_t remember_older_workers() {
    if (ngx_process != NGX_PROCESS_MASTER) {
        return 0;
    }
    for (ngx_int_t i = 0; i < ngx_last_process; ++i) {
        const ngx_process_t& process = ngx_processes[i];
        if (process.pid > 0 && !process.exited) {
            older_workers.push_back({process.pid, start_of(process.pid)});
        }
    }
    return older_workers.size();
}

bool older_worker_alive() noexcept {
    std::erase_if(older_workers, [](const OlderWorker& worker) {
        return worker.start == 0 || start_of(worker.pid) != worker.start;
    });
    return !older_workers.empty();
}

}  // namespace lbdrain::nginx
