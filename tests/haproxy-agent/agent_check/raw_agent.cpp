#include "raw_agent.hpp"

#include <netinet/in.h>
#include <netinet/tcp.h>
#include <poll.h>
#include <sys/socket.h>

#include <stdexcept>
#include <string_view>
#include <utility>

#include "endpoint.hpp"

namespace lbdrain::test {
namespace {

constexpr std::size_t most_kept = 32;

void send_all(int fd, std::string_view bytes) {
    while (!bytes.empty()) {
        const auto sent = ::send(fd, bytes.data(), bytes.size(), MSG_NOSIGNAL);
        if (sent <= 0) {
            return;
        }
        bytes.remove_prefix(static_cast<std::size_t>(sent));
    }
}

// HAProxy asks with one line, in one segment.
void read_question(int fd) {
    char c = 0;
    while (::recv(fd, &c, 1, 0) == 1 && c != '\n') {
    }
}

}  // namespace

RawAgent::RawAgent() : listener_(listen_on(Endpoint::tcp(port_))) {
    if (!listener_) {
        throw std::runtime_error("the raw agent cannot listen");
    }
    thread_ = std::jthread([this](const std::stop_token& stop) {
        while (!stop.stop_requested()) {
            serve();
        }
    });
}

RawAgent::~RawAgent() {
    thread_.request_stop();
    // Wakes the thread.
    static_cast<void>(connect_to(Endpoint::tcp(port_), long_enough));
}

void RawAgent::reply(std::string bytes, Manner manner) {
    const std::lock_guard lock(mutex_);
    bytes_ = std::move(bytes);
    manner_ = manner;
    given_ = 0;
}

int RawAgent::given() const {
    const std::lock_guard lock(mutex_);
    return given_;
}

void RawAgent::serve() {
    pollfd readable{listener_.get(), POLLIN, 0};
    ::poll(&readable, 1, -1);
    UniqueFd fd(::accept4(listener_.get(), nullptr, nullptr, SOCK_CLOEXEC));
    if (fd) {
        const timeval limit{10, 0};
        ::setsockopt(fd.get(), SOL_SOCKET, SO_RCVTIMEO, &limit, sizeof limit);
        answer(std::move(fd));
    }
}

void RawAgent::answer(UniqueFd fd) {
    read_question(fd.get());
    std::string bytes;
    Manner manner{};
    {
        const std::lock_guard lock(mutex_);
        bytes = bytes_;
        manner = manner_;
        ++given_;
    }
    if (manner == Manner::byte_by_byte) {
        const int on = 1;
        ::setsockopt(fd.get(), IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
        for (const char& c : bytes) {
            send_all(fd.get(), {&c, 1});
        }
    } else {
        send_all(fd.get(), bytes);
    }
    if (manner == Manner::reset) {
        reset_on_close(fd.get());
    } else if (manner == Manner::keep_open) {
        if (kept_.size() == most_kept) {
            kept_.erase(kept_.begin());
        }
        kept_.push_back(std::move(fd));
    }
}

}  // namespace lbdrain::test
