#include <dirent.h>
#include <sys/resource.h>
#include <unistd.h>

#include <fstream>
#include <memory>
#include <optional>
#include <sstream>

#include "api/metrics_text.hpp"

namespace lbdrain::agent {
namespace {

using Type = MetricsText::Type;

struct Stat {
    double cpu_seconds = 0;
    double start_ticks = 0;  // after the boot
};

std::optional<Stat> read_stat() {
    std::ifstream file("/proc/self/stat");
    std::string text;
    if (!std::getline(file, text) || text.rfind(')') == std::string::npos) {
        return std::nullopt;
    }
    // The name, field 2, may hold anything; the rest are numbers.
    std::istringstream fields(text.substr(text.rfind(')') + 1));
    std::string skipped;
    for (int field = 3; field < 14; ++field) {
        fields >> skipped;
    }
    double user = 0;
    double system = 0;
    fields >> user >> system;
    for (int field = 16; field < 22; ++field) {
        fields >> skipped;
    }
    Stat stat;
    if (!(fields >> stat.start_ticks)) {
        return std::nullopt;
    }
    stat.cpu_seconds = (user + system) / static_cast<double>(sysconf(_SC_CLK_TCK));
    return stat;
}

std::optional<double> boot_time() {
    std::ifstream file("/proc/stat");
    for (std::string line; std::getline(file, line);) {
        if (line.starts_with("btime ")) {
            double seconds = 0;
            if (std::istringstream(line.substr(6)) >> seconds) {
                return seconds;
            }
        }
    }
    return std::nullopt;
}

std::optional<std::uint64_t> resident_bytes() {
    std::ifstream file("/proc/self/statm");
    std::uint64_t size = 0;
    std::uint64_t resident = 0;
    if (!(file >> size >> resident)) {
        return std::nullopt;
    }
    return resident * static_cast<std::uint64_t>(sysconf(_SC_PAGESIZE));
}

std::optional<std::uint64_t> open_files() {
    struct Close {
        void operator()(DIR* dir) const { closedir(dir); }
    };
    const std::unique_ptr<DIR, Close> dir(opendir("/proc/self/fd"));
    if (!dir) {
        return std::nullopt;
    }
    std::uint64_t number = 0;
    while (const dirent* entry = readdir(dir.get())) {
        number += entry->d_name[0] != '.' ? 1 : 0;
    }
    return number - 1;  // but for the directory's own
}

}  // namespace

void add_process_metrics(MetricsText& out) {
    if (const auto stat = read_stat()) {
        out.family("process_cpu_seconds_total", Type::counter,
                   "User and system CPU time spent in seconds.");
        out.sample({}, stat->cpu_seconds);
        if (const auto boot = boot_time()) {
            out.family("process_start_time_seconds", Type::gauge,
                       "Start time of the process in seconds since 1970.");
            out.sample({}, *boot + stat->start_ticks / static_cast<double>(sysconf(_SC_CLK_TCK)));
        }
    }
    if (const auto bytes = resident_bytes()) {
        out.family("process_resident_memory_bytes", Type::gauge, "Resident memory in bytes.");
        out.sample({}, *bytes);
    }
    if (const auto number = open_files()) {
        out.family("process_open_fds", Type::gauge, "Open file descriptors.");
        out.sample({}, *number);
    }
    rlimit limit{};
    if (getrlimit(RLIMIT_NOFILE, &limit) == 0) {
        out.family("process_max_fds", Type::gauge, "Most file descriptors that may be open.");
        out.sample({}, std::uint64_t{limit.rlim_cur});
    }
}

}  // namespace lbdrain::agent
