#include "runner/pidfile.hpp"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <charconv>
#include <ctime>
#include <utility>

#include "lbdrain/posix/unique_fd.hpp"
#include "runner/text.hpp"

namespace lbdrain::hook {
namespace {

constexpr std::int64_t kSlackMs = 2000;  // file systems and ticks round
constexpr std::string_view kBlanks = " \t\r\n";

std::int64_t age_of(const timespec& written) {
    timespec now{};
    ::clock_gettime(CLOCK_REALTIME, &now);
    return (now.tv_sec - written.tv_sec) * 1000 + (now.tv_nsec - written.tv_nsec) / 1'000'000;
}

}  // namespace

std::optional<pid_t> parse_pid(std::string_view content) {
    const std::size_t first = content.find_first_not_of(kBlanks);
    if (first == std::string_view::npos) {
        return std::nullopt;
    }
    content = content.substr(first, content.find_last_not_of(kBlanks) + 1 - first);
    pid_t pid = 0;
    const auto [end, error] = std::from_chars(content.data(), content.data() + content.size(), pid);
    if (error != std::errc() || end != content.data() + content.size() || pid < 0) {
        return std::nullopt;
    }
    return pid;
}

std::expected<Pidfile, NoPidfile> read_pidfile(const std::string& path) {
    const auto wrong = [](std::string text) {
        return std::unexpected(NoPidfile{false, std::move(text)});
    };
    const UniqueFd fd(::open(path.c_str(), O_RDONLY | O_CLOEXEC | O_NONBLOCK | O_NOCTTY));
    if (!fd) {
        if (errno == ENOENT) {
            return std::unexpected(NoPidfile{true, "there is no pidfile " + path});
        }
        return wrong("cannot read pidfile " + path + ": " + error_text(errno));
    }
    struct stat status {};
    if (::fstat(fd.get(), &status) != 0 || !S_ISREG(status.st_mode)) {
        return wrong("pidfile " + path + " is not a regular file");
    }
    std::array<char, 64> buffer{};
    const ssize_t size = ::read(fd.get(), buffer.data(), buffer.size());
    if (size < 0) {
        return wrong("cannot read pidfile " + path + ": " + error_text(errno));
    }
    const auto length = static_cast<std::size_t>(size);
    const auto pid = length == buffer.size() ? std::nullopt : parse_pid({buffer.data(), length});
    if (!pid) {
        return wrong("pidfile " + path + " does not hold a pid");
    }
    return Pidfile{*pid, age_of(status.st_mtim)};
}

bool may_be_named_by(const ProcessInfo& process, const Pidfile& file, std::uint64_t now_ticks,
                     std::int64_t ticks_per_second) {
    const auto lived = static_cast<std::int64_t>(now_ticks - process.start_ticks);
    return lived * 1000 / ticks_per_second + kSlackMs >= file.age_ms;
}

}  // namespace lbdrain::hook
