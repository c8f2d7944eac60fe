#include "verify/stale_connections.hpp"

#include <linux/tcp.h>  // netinet/tcp.h knows no tcpi_bytes_sent
#include <netinet/in.h>
#include <sys/socket.h>

#include <cstddef>

namespace lbdrain::ctl {
namespace {

int local_port(int fd) {
    sockaddr_storage address{};
    socklen_t size = sizeof address;
    if (::getsockname(fd, reinterpret_cast<sockaddr*>(&address), &size) != 0) {
        return 0;
    }
    if (address.ss_family == AF_INET) {
        return ntohs(reinterpret_cast<const sockaddr_in&>(address).sin_port);
    }
    return address.ss_family == AF_INET6
               ? ntohs(reinterpret_cast<const sockaddr_in6&>(address).sin6_port)
               : 0;
}

}  // namespace

void StaleConnections::closing(int fd) {
    const int port = local_port(fd);
    if (port <= 0) {
        return;
    }
    tcp_info info{};
    socklen_t size = sizeof info;
    const bool known = ::getsockopt(fd, IPPROTO_TCP, TCP_INFO, &info, &size) == 0 &&
                       size >= offsetof(tcp_info, tcpi_bytes_retrans) + sizeof(std::uint64_t);
    // tcpi_bytes_acked may count the SYN too, as one byte.
    unread_[static_cast<std::size_t>(port)] =
        known && info.tcpi_bytes_sent - info.tcpi_bytes_retrans > info.tcpi_bytes_acked;
}

bool StaleConnections::nothing_arrived(int port) const {
    return port > 0 && unread_.at(static_cast<std::size_t>(port));
}

}  // namespace lbdrain::ctl
