#include "runner/unit_group.hpp"

#include <filesystem>
#include <string_view>
#include <system_error>

#include "runner/cgroup.hpp"

namespace lbdrain::hook {
namespace {

constexpr std::size_t kMaxFile = std::size_t{1} << 20;

}  // namespace

std::string systemd_v1_mount(std::string_view mountinfo) {
    while (!mountinfo.empty()) {
        const std::size_t end = mountinfo.find('\n');
        std::string_view line = mountinfo.substr(0, end);
        mountinfo.remove_prefix(end == std::string_view::npos ? mountinfo.size() : end + 1);
        const std::size_t type = line.find(" - cgroup ");
        if (type == std::string_view::npos || !line.substr(type).contains("name=systemd")) {
            continue;
        }
        // proc(5): ids of mount and parent, device, root within the file system, mount point.
        for (int field = 0; field < 3 && line.contains(' '); ++field) {
            line.remove_prefix(line.find(' ') + 1);
        }
        if (line.starts_with("/ ")) {
            line.remove_prefix(2);
            return std::string(line.substr(0, line.find(' ')));
        }
    }
    return "";
}

std::optional<UnitGroup> UnitGroup::at(const std::string& path) {
    if (path.size() < 2 || path.front() != '/' || path.find("/..") != std::string::npos) {
        return std::nullopt;
    }
    const auto mounts = read_small_file("/proc/self/mountinfo", kMaxFile);
    const std::string_view text = mounts ? std::string_view(*mounts) : std::string_view();
    for (const std::string& mount : {unified_mount(text), systemd_v1_mount(text)}) {
        std::error_code error;
        // The unified hierarchy may be mounted while systemd uses another one.
        if (!mount.empty() && std::filesystem::is_directory(mount + path, error)) {
            return UnitGroup(mount + path);
        }
    }
    return std::nullopt;
}

bool UnitGroup::is_empty() const {
    // Counts what cgroup.procs does not list: threads of a process whose first thread has ended.
    const auto events = read_small_file(directory_ + "/cgroup.events", kMaxFile);
    if (events && events->contains("populated 1")) {
        return false;
    }
    return members().empty();
}

std::vector<ProcessInfo> UnitGroup::members() const {
    std::vector<ProcessInfo> found;
    for (const pid_t pid : processes_below(directory_)) {
        auto info = read_process(pid);
        if (info && !info->is_gone()) {
            found.push_back(std::move(*info));
        }
    }
    return found;
}

}  // namespace lbdrain::hook
