#include "runner/run_file.hpp"

#include <fcntl.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <utility>

#include <boost/json.hpp>

#include "lbdrain/hook/task.hpp"
#include "runner/text.hpp"

namespace lbdrain::hook {
namespace {

constexpr milliseconds kPoll{50};  // no event tells that a lock was given up
constexpr std::size_t kMaxContent = kMaxTaskBytes + kMaxEventBytes;

bool is_still_at(int fd, const std::string& path) {
    struct stat opened {};
    struct stat named {};
    return ::fstat(fd, &opened) == 0 && ::lstat(path.c_str(), &named) == 0 &&
           opened.st_dev == named.st_dev && opened.st_ino == named.st_ino;
}

}  // namespace

RunFile::RunFile(UniqueFd fd) : fd_(std::move(fd)) {}

std::expected<RunFile, Event> RunFile::lock(Run& run, const std::string& path) {
    bool said = false;
    while (true) {
        UniqueFd fd(::open(path.c_str(),
                           O_RDWR | O_CREAT | O_NOFOLLOW | O_CLOEXEC | O_NONBLOCK | O_NOCTTY,
                           S_IRUSR | S_IWUSR));
        struct stat status {};
        if (!fd || ::fstat(fd.get(), &status) != 0) {
            return std::unexpected(
                failed("cannot open run file " + path + ": " + error_text(errno)));
        }
        if (!S_ISREG(status.st_mode)) {
            return std::unexpected(failed("run file " + path + " is not a regular file"));
        }
        while (::flock(fd.get(), LOCK_EX | LOCK_NB) != 0) {
            if (errno != EWOULDBLOCK && errno != EINTR) {
                return std::unexpected(
                    failed("cannot lock run file " + path + ": " + error_text(errno)));
            }
            if (!std::exchange(said, true)) {
                run.progress("another runner is still at it; waiting for run file " + path);
            }
            if (run.sleep_until(run.within(kPoll)) == Run::Wake::interrupted || run.expired() ||
                run.abandoned()) {
                return std::unexpected(ended_early(run, "waiting for another runner at " + path));
            }
        }
        if (is_still_at(fd.get(), path)) {  // else it was removed meanwhile
            return RunFile(std::move(fd));
        }
        if (run.expired()) {
            return std::unexpected(ended_early(run, "locking run file " + path));
        }
    }
}

std::optional<Event> RunFile::recorded(std::string_view run_id) const {
    std::string content(kMaxContent, '\0');
    const ssize_t size = ::pread(fd_.get(), content.data(), content.size(), 0);
    content.resize(static_cast<std::size_t>(std::max<ssize_t>(size, 0)));
    boost::json::error_code error;
    const boost::json::value value = boost::json::parse(content, error);
    const auto* object = error ? nullptr : value.if_object();
    const auto* id = object == nullptr ? nullptr : object->if_contains("run_id");
    const auto* result = object == nullptr ? nullptr : object->if_contains("result");
    if (id == nullptr || result == nullptr || !id->is_string() || id->get_string() != run_id) {
        return std::nullopt;
    }
    auto event = decode_event(boost::json::serialize(*result));
    if (!event || event->kind != Event::Kind::result) {
        return std::nullopt;
    }
    return std::move(*event);
}

std::expected<void, std::string> RunFile::record(std::string_view run_id, const Event& result) {
    boost::json::error_code error;
    const boost::json::object object{{"run_id", run_id},
                                     {"result", boost::json::parse(encode(result), error)}};
    const std::string content = boost::json::serialize(object) + '\n';
    if (::ftruncate(fd_.get(), 0) != 0 ||
        ::pwrite(fd_.get(), content.data(), content.size(), 0) !=
            static_cast<ssize_t>(content.size()) ||
        ::fsync(fd_.get()) != 0) {
        return std::unexpected("cannot write run file: " + error_text(errno));
    }
    return {};
}

}  // namespace lbdrain::hook
