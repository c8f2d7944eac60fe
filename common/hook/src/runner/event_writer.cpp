#include "runner/event_writer.hpp"

#include <poll.h>
#include <sys/socket.h>
#include <unistd.h>
#include <climits>

#include <algorithm>
#include <cerrno>

namespace lbdrain::hook {
namespace {

constexpr std::size_t kMaxPending = std::size_t{1} << 20;

/// Writes without blocking and without touching the open file's flags, which others share: a
/// socket is told so, and a pipe that polls writable takes PIPE_BUF bytes at once.
ssize_t write_now(int fd, const std::string& bytes) {
    const ssize_t sent = ::send(fd, bytes.data(), bytes.size(), MSG_DONTWAIT | MSG_NOSIGNAL);
    if (sent >= 0 || errno != ENOTSOCK) {
        return sent;
    }
    pollfd writable{fd, POLLOUT, 0};
    if (::poll(&writable, 1, 0) <= 0) {
        errno = EAGAIN;
        return -1;
    }
    return ::write(fd, bytes.data(), std::min<std::size_t>(bytes.size(), PIPE_BUF));
}

}  // namespace

void EventWriter::report(const Event& event) {
    if (gone_) {
        return;
    }
    const bool result = event.kind == Event::Kind::result;
    if (pending_.size() < kMaxPending || result) {
        pending_ += encode(event);
    }
    flush();
}

int EventWriter::pending_fd() const {
    return pending_.empty() ? -1 : fd_;
}

void EventWriter::flush() {
    while (!pending_.empty() && write_some()) {
    }
}

bool EventWriter::write_some() {
    const ssize_t written = write_now(fd_, pending_);
    if (written >= 0) {
        pending_.erase(0, static_cast<std::size_t>(written));
        return true;
    }
    if (errno == EINTR) {
        return true;
    }
    if (errno != EAGAIN && errno != EWOULDBLOCK) {
        gone_ = true;
        pending_.clear();
    }
    return false;
}

bool EventWriter::gone() {
    pollfd closed{fd_, 0, 0};
    if (::poll(&closed, 1, 0) > 0 && (closed.revents & (POLLERR | POLLHUP | POLLNVAL)) != 0) {
        gone_ = true;
        pending_.clear();
    }
    return gone_;
}

void EventWriter::drain(std::chrono::milliseconds limit) {
    const auto until = std::chrono::steady_clock::now() + limit;
    flush();
    while (!pending_.empty()) {
        const auto left =
            std::chrono::ceil<std::chrono::milliseconds>(until - std::chrono::steady_clock::now());
        if (left.count() <= 0) {
            return;
        }
        pollfd writable{fd_, POLLOUT, 0};
        if (::poll(&writable, 1, static_cast<int>(left.count())) > 0) {
            flush();
        }
    }
}

}  // namespace lbdrain::hook
