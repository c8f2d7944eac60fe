#include "process_table.hpp"

#include <fcntl.h>

#include <algorithm>
#include <charconv>
#include <filesystem>
#include <optional>
#include <set>
#include <sstream>

#include "lbdrain/posix/unique_fd.hpp"

namespace lbdrain::test {
namespace {

// Not a stream: those throw when the process dies while its file is read.
std::string slurp(const std::string& path) {
    const UniqueFd fd(::open(path.c_str(), O_RDONLY | O_CLOEXEC));
    std::string text;
    char buffer[4096];
    while (fd) {
        const auto got = ::read(fd.get(), buffer, sizeof buffer);
        if (got <= 0) {
            break;
        }
        text.append(buffer, static_cast<std::size_t>(got));
    }
    return text;
}

// Parent and start time; the title is read only for those that are asked for.
std::optional<ProcessEntry> read_entry(pid_t pid) {
    const auto text = slurp("/proc/" + std::to_string(pid) + "/stat");
    const auto name_end = text.rfind(')');  // the name may hold blanks and parentheses
    if (name_end == std::string::npos) {
        return std::nullopt;
    }
    std::istringstream fields(text.substr(name_end + 1));
    char state = 0;
    ProcessEntry entry;
    entry.pid = pid;
    fields >> state >> entry.parent;
    std::string skipped;
    for (int field = 5; field < 22; ++field) {
        fields >> skipped;
    }
    fields >> entry.start;
    if (!fields || state == 'Z' || state == 'X') {
        return std::nullopt;
    }
    return entry;
}

std::string read_title(pid_t pid) {
    auto title = slurp("/proc/" + std::to_string(pid) + "/cmdline");
    title.erase(title.find_last_not_of('\0') + 1);
    for (auto& c : title) {
        if (c == '\0') {
            c = ' ';
        }
    }
    title.erase(title.find_last_not_of(' ') + 1);
    return title;
}

std::vector<ProcessEntry> all_processes() {
    std::vector<ProcessEntry> result;
    std::error_code error;
    for (const auto& directory : std::filesystem::directory_iterator("/proc", error)) {
        const auto name = directory.path().filename().string();
        pid_t pid = 0;
        const auto [end, code] = std::from_chars(name.data(), name.data() + name.size(), pid);
        if (code != std::errc() || end != name.data() + name.size()) {
            continue;
        }
        if (auto entry = read_entry(pid)) {
            result.push_back(std::move(*entry));
        }
    }
    return result;
}

// A parent that ended while /proc was read hides its children: they were seen before they got
// another.
bool is_consistent(const std::vector<ProcessEntry>& all) {
    std::set<pid_t> pids{0};
    for (const auto& entry : all) {
        pids.insert(entry.pid);
    }
    return std::ranges::all_of(all, [&](const auto& entry) { return pids.contains(entry.parent); });
}

std::vector<ProcessEntry> consistent_processes() {
    constexpr int attempts = 10;  // where some of /proc is hidden, none will do
    auto all = all_processes();
    for (int i = 1; i < attempts && !is_consistent(all); ++i) {
        all = all_processes();
    }
    return all;
}

}  // namespace

std::vector<ProcessEntry> descendants_of(pid_t root) {
    const auto all = consistent_processes();
    std::vector<ProcessEntry> found;
    std::vector<pid_t> parents{root};
    for (std::size_t i = 0; i < parents.size(); ++i) {
        for (const auto& entry : all) {
            if (entry.parent == parents[i]) {
                parents.push_back(entry.pid);
                found.push_back(entry);
                found.back().title = read_title(entry.pid);
            }
        }
    }
    return found;
}

bool is_gone(const ProcessEntry& process) {
    const auto now = read_entry(process.pid);
    return !now || now->start != process.start;
}

}  // namespace lbdrain::test
