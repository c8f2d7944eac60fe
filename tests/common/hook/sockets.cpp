#include "sockets.hpp"

#include <fcntl.h>
#include <netinet/in.h>
#include <sys/socket.h>
#include <sys/un.h>

#include <stdexcept>

namespace lbdrain::hook::test {

Port::Port() : fd_(::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0)) {
    sockaddr_in address{};
    address.sin_family = AF_INET;
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    socklen_t length = sizeof address;
    auto* generic = reinterpret_cast<sockaddr*>(&address);
    if (!fd_ || ::bind(fd_.get(), generic, length) != 0 ||
        ::getsockname(fd_.get(), generic, &length) != 0) {
        throw std::runtime_error("bind");
    }
    number_ = ntohs(address.sin_port);
}

std::string Port::address() const {
    return "127.0.0.1:" + std::to_string(number_);
}

void Port::listen() const {
    if (::listen(fd_.get(), 64) != 0) {
        throw std::runtime_error("listen");
    }
}

UniqueFd listen_tcp(std::string& address) {
    const Port port;
    port.listen();
    address = port.address();
    return UniqueFd(::fcntl(port.fd(), F_DUPFD_CLOEXEC, 0));
}

UniqueFd listen_unix(const std::string& path) {
    UniqueFd fd(::socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0));
    sockaddr_un address{};
    address.sun_family = AF_UNIX;
    path.copy(&address.sun_path[0], sizeof address.sun_path - 1);
    if (!fd || ::bind(fd.get(), reinterpret_cast<sockaddr*>(&address), sizeof address) != 0 ||
        ::listen(fd.get(), 8) != 0) {
        throw std::runtime_error("bind " + path);
    }
    return fd;
}

}  // namespace lbdrain::hook::test
