#include "runner/cgroup.hpp"

#include <fcntl.h>
#include <unistd.h>

#include <charconv>
#include <filesystem>
#include <system_error>
#include <utility>

#include "lbdrain/posix/unique_fd.hpp"
#include "runner/procfs.hpp"

namespace lbdrain::hook {
namespace {

constexpr std::size_t kMaxProcFile = std::size_t{1} << 20;

/// Calls `each` with every line of `text`.
template <class Each>
void for_lines(std::string_view text, Each each) {
    while (!text.empty()) {
        const std::size_t end = text.find('\n');
        each(text.substr(0, end));
        text.remove_prefix(end == std::string_view::npos ? text.size() : end + 1);
    }
}

std::string_view field(std::string_view line, int index) {
    for (; index > 0; --index) {
        const std::size_t blank = line.find(' ');
        line.remove_prefix(blank == std::string_view::npos ? line.size() : blank + 1);
    }
    return line.substr(0, line.find(' '));
}

void read_processes(const std::string& directory, std::vector<pid_t>& to) {
    const auto text = read_small_file(directory + "/cgroup.procs", kMaxProcFile);
    for_lines(text ? std::string_view(*text) : std::string_view(), [&](std::string_view line) {
        pid_t pid = 0;
        std::from_chars(line.data(), line.data() + line.size(), pid);
        if (pid > 0) {
            to.push_back(pid);
        }
    });
}

}  // namespace

std::string unified_mount(std::string_view mountinfo) {
    std::string found;
    for_lines(mountinfo, [&](std::string_view line) {
        // proc(5): 3 is the root within the file system, 4 the mount point; "- " leads the type.
        const std::size_t type = line.find(" - cgroup2 ");
        if (found.empty() && type != std::string_view::npos && field(line, 3) == "/") {
            found = field(line, 4);
        }
    });
    return found;
}

std::string unified_path(std::string_view proc_cgroup) {
    std::string found;
    for_lines(proc_cgroup, [&](std::string_view line) {
        if (line.starts_with("0::/") && !line.ends_with(" (deleted)")) {
            found = line.substr(3);
        }
    });
    return found;
}

std::optional<Cgroup> Cgroup::at(const std::string& path) {
    if (path.size() < 2 || path.front() != '/' || path.find("/..") != std::string::npos) {
        return std::nullopt;
    }
    const auto mounts = read_small_file("/proc/self/mountinfo", kMaxProcFile);
    const std::string mount = mounts ? unified_mount(*mounts) : "";
    if (mount.empty()) {
        return std::nullopt;
    }
    return Cgroup(path, mount + path);
}

std::optional<Cgroup> Cgroup::of(pid_t pid) {
    const auto text = read_small_file("/proc/" + std::to_string(pid) + "/cgroup", kMaxProcFile);
    return text ? at(unified_path(*text)) : std::nullopt;
}

Cgroup::Cgroup(std::string path, std::string directory)
    : path_(std::move(path)), directory_(std::move(directory)) {}

bool Cgroup::contains(pid_t pid) const {
    const auto text = read_small_file("/proc/" + std::to_string(pid) + "/cgroup", kMaxProcFile);
    const std::string other = text ? unified_path(*text) : "";
    return other == path_ || other.starts_with(path_ + "/");
}

std::vector<pid_t> processes_below(const std::string& directory) {
    std::vector<pid_t> found;
    read_processes(directory, found);
    std::error_code error;
    auto below = std::filesystem::recursive_directory_iterator(directory, error);
    while (!error && below != std::filesystem::recursive_directory_iterator()) {
        std::error_code ignored;
        if (below->is_directory(ignored)) {
            read_processes(below->path().string(), found);
        }
        below.increment(error);
    }
    return found;
}

std::vector<pid_t> Cgroup::processes() const {
    return processes_below(directory_);
}

bool Cgroup::kill() const {
    const UniqueFd fd(::open((directory_ + "/cgroup.kill").c_str(), O_WRONLY | O_CLOEXEC));
    return fd && ::write(fd.get(), "1", 1) == 1;
}

}  // namespace lbdrain::hook
