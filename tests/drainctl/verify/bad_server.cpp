#include "bad_server.hpp"

#include <poll.h>
#include <sys/socket.h>

#include <algorithm>
#include <cstdio>
#include <cstdlib>

namespace lbdrain::test {

bool BadConnection::read_request() {
    const auto whole = [this]() -> std::size_t {
        const auto head = input_.find("\r\n\r\n");
        if (head == std::string::npos) {
            return 0;
        }
        const auto length = input_.find("Content-Length: ");
        const std::size_t body =
            length < head ? std::strtoul(input_.c_str() + length + 16, nullptr, 10) : 0;
        return input_.size() >= head + 4 + body ? head + 4 + body : 0;
    };
    char buffer[4096];
    std::size_t size = 0;
    while ((size = whole()) == 0) {
        const auto got = ::recv(fd_, buffer, sizeof buffer, 0);
        if (got <= 0) {
            return false;
        }
        input_.append(buffer, static_cast<std::size_t>(got));
    }
    input_.erase(0, size);
    return true;
}

void BadConnection::send(std::string_view bytes) const {
    while (!bytes.empty()) {
        const auto sent = ::send(fd_, bytes.data(), bytes.size(), MSG_NOSIGNAL);
        if (sent <= 0) {
            return;
        }
        bytes.remove_prefix(static_cast<std::size_t>(sent));
    }
}

void BadConnection::reset() const {
    reset_on_close(fd_);
}

void BadConnection::until_client_left() const {
    char buffer[4096];
    while (::recv(fd_, buffer, sizeof buffer, 0) > 0) {
    }
}

BadServer::BadServer(Script script) : script_(std::move(script)), listener_(listen_on(endpoint_)) {
    thread_ = std::jthread([this] { accept_all(); });
}

BadServer::~BadServer() {
    ::shutdown(listener_.get(), SHUT_RDWR);  // ends the wait of the accepting thread
    thread_.join();
    {
        const std::lock_guard lock(mutex_);
        for (const int fd : open_) {
            ::shutdown(fd, SHUT_RDWR);
        }
    }
    connections_.clear();
}

void BadServer::accept_all() {
    while (true) {
        pollfd ready{listener_.get(), POLLIN, 0};
        ::poll(&ready, 1, -1);
        const int fd = ::accept4(listener_.get(), nullptr, nullptr, SOCK_CLOEXEC);
        if (fd < 0) {
            if (errno == EAGAIN || errno == ECONNABORTED) {
                continue;
            }
            return;
        }
        {
            const std::lock_guard lock(mutex_);
            open_.push_back(fd);
        }
        connections_.emplace_back([this, fd] {
            BadConnection connection(fd);
            script_(connection);
            const std::lock_guard lock(mutex_);
            std::erase(open_, fd);
            ::close(fd);
        });
    }
}

std::string chunked_head(const std::string& headers) {
    return "HTTP/1.1 200 OK\r\nContent-Type: text/event-stream\r\nTransfer-Encoding: chunked\r\n" +
           headers + "\r\n";
}

std::string http_chunk(std::string_view data) {
    char size[24];
    (void)std::snprintf(size, sizeof size, "%zx\r\n", data.size());
    return size + std::string(data) + "\r\n";
}

}  // namespace lbdrain::test
