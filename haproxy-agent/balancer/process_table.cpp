#include "balancer/process_table.hpp"

#include <dirent.h>
#include <fcntl.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <charconv>
#include <memory>
#include <optional>
#include <string_view>

#include "lbdrain/posix/unique_fd.hpp"

namespace lbdrain::agent {
namespace {

struct Found {
    ProcessId id;
    pid_t parent = 0;
    std::string program;             // comm
    std::vector<std::string> files;  // of -f, --
};

template <typename Number>
std::optional<Number> to_number(std::string_view text) {
    Number number{};
    const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), number);
    return error == std::errc() && end == text.data() + text.size() && !text.empty()
               ? std::optional(number)
               : std::nullopt;
}

// Empty if it cannot be read. (A stream would throw: a process may go while its file is read.)
std::string content_of(const std::string& path) {
    const UniqueFd fd(::open(path.c_str(), O_RDONLY | O_CLOEXEC));
    std::string content;
    std::array<char, 4096> buffer{};
    ssize_t size = 0;
    while (fd && (size = ::read(fd.get(), buffer.data(), buffer.size())) > 0) {
        content.append(buffer.data(), static_cast<std::size_t>(size));
    }
    return size < 0 ? std::string{} : content;
}

std::vector<std::string> split(std::string_view text, char at) {
    std::vector<std::string> parts;
    while (!text.empty()) {
        const auto end = std::min(text.find(at), text.size());
        parts.emplace_back(text.substr(0, end));
        text.remove_prefix(std::min(end + 1, text.size()));
    }
    return parts;
}

// The configuration files among the arguments of a HAProxy (haproxy.c, main: -f takes any number,
// and everything after -- is one).
std::vector<std::string> files_in(const std::vector<std::string>& arguments) {
    std::vector<std::string> files;
    bool taking = false;
    bool rest = false;
    for (const std::string& argument : arguments) {
        if (rest || (taking && !argument.starts_with('-'))) {
            files.push_back(argument);
        } else if (argument == "--") {
            rest = true;
        } else {
            taking = argument == "-f";
        }
    }
    return files;
}

// Nothing: gone, a zombie, or unreadable.
std::optional<Found> find(pid_t pid) {
    const std::string folder = "/proc/" + std::to_string(pid);
    const std::string stat = content_of(folder + "/stat");
    const auto open = stat.find('(');
    const auto close = stat.rfind(')');
    if (open == std::string::npos || close == std::string::npos || close < open) {
        return std::nullopt;
    }
    // proc(5): after the name come state (3), ppid (4), ..., starttime (22).
    const auto fields = split(std::string_view(stat).substr(std::min(close + 2, stat.size())), ' ');
    if (fields.size() < 20 || fields[0] == "Z" || fields[0] == "X") {
        return std::nullopt;
    }
    const auto parent = to_number<pid_t>(fields[1]);
    const auto start = to_number<std::uint64_t>(fields[19]);
    if (!parent || !start) {
        return std::nullopt;
    }
    return Found{{pid, *start},
                 *parent,
                 stat.substr(open + 1, close - open - 1),
                 files_in(split(content_of(folder + "/cmdline"), '\0'))};
}

std::vector<pid_t> all_pids() {
    std::vector<pid_t> pids;
    const std::unique_ptr<DIR, decltype([](DIR* folder) { ::closedir(folder); })> folder(
        ::opendir("/proc"));
    while (folder != nullptr) {
        const dirent* entry = ::readdir(folder.get());  // NOLINT(concurrency-mt-unsafe)
        if (entry == nullptr) {
            break;
        }
        if (const auto pid = to_number<pid_t>(entry->d_name)) {
            pids.push_back(*pid);
        }
    }
    return pids;
}

}  // namespace

std::expected<std::vector<ProcessId>, std::string> siblings_of(pid_t pid) {
    const auto self = find(pid);
    // In a container of its own HAProxy says a pid that is another process's here, or none's.
    if (!self || !self->program.starts_with("haproxy") || self->files.empty()) {
        return std::unexpected("process " + std::to_string(pid) +
                               ", as HAProxy calls itself, is no HAProxy on this machine");
    }
    std::vector<Found> same;
    for (const pid_t other : all_pids()) {
        auto found = find(other);
        if (found && found->program == self->program && found->files == self->files) {
            same.push_back(std::move(*found));
        }
    }
    std::vector<ProcessId> ids;
    for (const Found& one : same) {
        const bool master = std::ranges::any_of(
            same, [&](const Found& other) { return other.parent == one.id.pid; });
        if (!master) {
            ids.push_back(one.id);
        }
    }
    return ids;
}

}  // namespace lbdrain::agent
