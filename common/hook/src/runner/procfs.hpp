// What /proc says of processes.
#pragma once

#include <sys/types.h>

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace lbdrain::hook {

/// One line of /proc/PID/stat. A value, old as soon as it is read; (pid, start_ticks) names a
/// process for good.
struct ProcessInfo {
    pid_t pid = 0;
    pid_t parent = 0;
    pid_t group = 0;
    pid_t session = 0;
    char state = '?';
    long threads = 1;
    std::uint64_t start_ticks = 0;  // since boot, sysconf(_SC_CLK_TCK) a second
    std::string name;

    /// It runs no more and only waits for its parent.
    bool is_gone() const { return (state == 'Z' || state == 'X') && threads <= 1; }
};

/// `line` as the kernel writes /proc/PID/stat.
std::optional<ProcessInfo> parse_stat(std::string_view line);

std::optional<ProcessInfo> read_process(pid_t pid);
std::vector<ProcessInfo> all_processes();

/// "pid 12 (vllm)", and a list of such, cut short.
std::string name_of(const ProcessInfo& process);
std::string list(const std::vector<ProcessInfo>& processes);

/// The user that `pid` runs as: "user 1000"; "an unknown user" when that cannot be read.
std::string owner_of(pid_t pid);

/// This moment in start_ticks' terms.
std::uint64_t ticks_now();

/// The first `limit` bytes of a small file; nothing when it cannot be read. Never blocks on a
/// FIFO or a device.
std::optional<std::string> read_small_file(const std::string& path, std::size_t limit);

}  // namespace lbdrain::hook
