#include "endpoint.hpp"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <poll.h>
#include <sys/socket.h>
#include <sys/un.h>

#include <cerrno>
#include <cstring>
#include <stdexcept>

namespace lbdrain::test {
namespace {

struct Address {
    sockaddr_storage storage{};
    socklen_t length = 0;
    const sockaddr* get() const { return reinterpret_cast<const sockaddr*>(&storage); }
};

Address address_of(const Endpoint& endpoint) {
    Address address;
    if (!endpoint.unix_path.empty()) {
        sockaddr_un name{};
        name.sun_family = AF_UNIX;
        if (endpoint.unix_path.size() >= sizeof name.sun_path) {
            throw std::invalid_argument("too long for a socket: " + endpoint.unix_path);
        }
        std::memcpy(name.sun_path, endpoint.unix_path.data(), endpoint.unix_path.size());
        std::memcpy(&address.storage, &name, sizeof name);
        address.length = sizeof name;
        return address;
    }
    sockaddr_in name{};
    name.sin_family = AF_INET;
    name.sin_port = htons(endpoint.port);
    if (::inet_pton(AF_INET, endpoint.host.c_str(), &name.sin_addr) != 1) {
        throw std::invalid_argument("not an IPv4 address: " + endpoint.host);
    }
    std::memcpy(&address.storage, &name, sizeof name);
    address.length = sizeof name;
    return address;
}

UniqueFd socket_for(const Address& address) {
    UniqueFd fd(::socket(address.storage.ss_family, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0));
    if (address.storage.ss_family == AF_INET) {
        const int on = 1;
        ::setsockopt(fd.get(), IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
        ::setsockopt(fd.get(), SOL_SOCKET, SO_REUSEADDR, &on, sizeof on);
    }
    return fd;
}

UniqueFd failed(int error) {
    errno = error;
    return {};
}

}  // namespace

std::string Endpoint::name() const {
    return unix_path.empty() ? host + ":" + std::to_string(port) : "unix:" + unix_path;
}

UniqueFd begin_connect(const Endpoint& endpoint) {
    const auto address = address_of(endpoint);
    auto fd = socket_for(address);
    if (::connect(fd.get(), address.get(), address.length) != 0 && errno != EINPROGRESS) {
        const int error = errno;
        fd.reset();
        return failed(error);
    }
    return fd;
}

UniqueFd connect_to(const Endpoint& endpoint, Millis limit) {
    auto fd = begin_connect(endpoint);
    if (!fd) {
        return fd;
    }
    pollfd watched{fd.get(), POLLOUT, 0};
    if (::poll(&watched, 1, static_cast<int>(limit.count())) <= 0) {
        return failed(ETIMEDOUT);
    }
    const int error = socket_error(fd.get());
    return error == 0 ? std::move(fd) : failed(error);
}

UniqueFd listen_on(const Endpoint& endpoint) {
    const auto address = address_of(endpoint);
    auto fd = socket_for(address);
    if (::bind(fd.get(), address.get(), address.length) != 0 || ::listen(fd.get(), 1024) != 0) {
        const int error = errno;
        fd.reset();
        return failed(error);
    }
    return fd;
}

int socket_error(int fd) {
    int error = 0;
    socklen_t length = sizeof error;
    ::getsockopt(fd, SOL_SOCKET, SO_ERROR, &error, &length);
    return error;
}

std::uint16_t local_port(int fd) {
    sockaddr_in name{};
    socklen_t length = sizeof name;
    if (::getsockname(fd, reinterpret_cast<sockaddr*>(&name), &length) != 0 ||
        name.sin_family != AF_INET) {
        return 0;
    }
    return ntohs(name.sin_port);
}

void reset_on_close(int fd) {
    const linger abort{1, 0};
    ::setsockopt(fd, SOL_SOCKET, SO_LINGER, &abort, sizeof abort);
}

}  // namespace lbdrain::test
