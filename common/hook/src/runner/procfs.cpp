#include "runner/procfs.hpp"

#include <dirent.h>
#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <charconv>
#include <ctime>
#include <memory>

#include "lbdrain/posix/unique_fd.hpp"

namespace lbdrain::hook {
namespace {

constexpr std::size_t kMaxStat = 4096;
constexpr std::size_t kNamed = 5;

template <class Number>
bool to_number(std::string_view text, Number& to) {
    const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), to);
    return error == std::errc() && end == text.data() + text.size();
}

/// Takes the text up to the next blank off `rest`.
std::string_view next_field(std::string_view& rest) {
    const std::size_t end = rest.find(' ');
    const std::string_view field = rest.substr(0, end);
    rest.remove_prefix(end == std::string_view::npos ? rest.size() : end + 1);
    return field;
}

struct CloseDir {
    void operator()(DIR* dir) const { ::closedir(dir); }
};

}  // namespace

std::optional<ProcessInfo> parse_stat(std::string_view line) {
    // The name may hold anything, blanks and parentheses too, so it ends at the last ')'.
    const std::size_t open = line.find('(');
    const std::size_t close = line.rfind(')');
    if (open == std::string_view::npos || open == 0 || close == std::string_view::npos ||
        close < open || close + 2 > line.size()) {
        return std::nullopt;
    }
    ProcessInfo info;
    info.name = line.substr(open + 1, close - open - 1);
    std::string_view rest = line.substr(close + 2);
    const std::string_view state = next_field(rest);
    if (state.size() != 1 || !to_number(line.substr(0, open - 1), info.pid)) {
        return std::nullopt;
    }
    info.state = state.front();
    // proc(5): 4 ppid, 5 pgrp, 6 session, 20 num_threads, 22 starttime.
    bool fine = true;
    for (int field = 4; field <= 22; ++field) {
        const std::string_view text = next_field(rest);
        switch (field) {
            case 4:
                fine = fine && to_number(text, info.parent);
                break;
            case 5:
                fine = fine && to_number(text, info.group);
                break;
            case 6:
                fine = fine && to_number(text, info.session);
                break;
            case 20:
                fine = fine && to_number(text, info.threads);
                break;
            case 22:
                fine = fine && to_number(text, info.start_ticks);
                break;
            default:
                break;
        }
    }
    return fine ? std::optional(info) : std::nullopt;
}

std::optional<ProcessInfo> read_process(pid_t pid) {
    const auto line = read_small_file("/proc/" + std::to_string(pid) + "/stat", kMaxStat);
    return line ? parse_stat(*line) : std::nullopt;
}

std::vector<ProcessInfo> all_processes() {
    std::vector<ProcessInfo> found;
    const std::unique_ptr<DIR, CloseDir> dir(::opendir("/proc"));
    if (dir == nullptr) {
        return found;
    }
    while (const dirent* entry = ::readdir(dir.get())) {
        pid_t pid = 0;
        if (to_number(std::string_view(&entry->d_name[0]), pid)) {
            if (auto info = read_process(pid)) {
                found.push_back(std::move(*info));
            }
        }
    }
    return found;
}

std::string name_of(const ProcessInfo& process) {
    return "pid " + std::to_string(process.pid) + " (" + process.name + ")";
}

std::string list(const std::vector<ProcessInfo>& processes) {
    std::string text;
    for (std::size_t i = 0; i < std::min(processes.size(), kNamed); ++i) {
        text.append(i == 0 ? "" : ", ").append(name_of(processes[i]));
    }
    if (processes.size() > kNamed) {
        text += " and " + std::to_string(processes.size() - kNamed) + " more";
    }
    return text;
}

std::string owner_of(pid_t pid) {
    struct stat status {};
    if (::stat(("/proc/" + std::to_string(pid)).c_str(), &status) != 0) {
        return "an unknown user";
    }
    return "user " + std::to_string(status.st_uid);
}

std::uint64_t ticks_now() {
    timespec now{};
    ::clock_gettime(CLOCK_BOOTTIME, &now);
    const auto per_second = static_cast<std::uint64_t>(::sysconf(_SC_CLK_TCK));
    return static_cast<std::uint64_t>(now.tv_sec) * per_second +
           static_cast<std::uint64_t>(now.tv_nsec) * per_second / 1'000'000'000U;
}

std::optional<std::string> read_small_file(const std::string& path, std::size_t limit) {
    const UniqueFd fd(::open(path.c_str(), O_RDONLY | O_CLOEXEC | O_NONBLOCK | O_NOCTTY));
    if (!fd) {
        return std::nullopt;
    }
    std::string content;
    std::array<char, 4096> buffer{};
    while (content.size() < limit) {
        const ssize_t count = ::read(fd.get(), buffer.data(), buffer.size());
        if (count < 0) {
            return std::nullopt;
        }
        if (count == 0) {
            break;
        }
        content.append(buffer.data(), static_cast<std::size_t>(count));
    }
    content.resize(std::min(content.size(), limit));
    return content;
}

}  // namespace lbdrain::hook
