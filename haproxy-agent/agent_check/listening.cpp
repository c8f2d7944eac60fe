#include "agent_check/listening.hpp"

#include <netinet/in.h>
#include <netinet/tcp.h>

#include <cerrno>
#include <system_error>

namespace lbdrain::agent_check {
namespace {

std::unexpected<std::string> failure(const SocketAddress& address, int error) {
    std::string why = std::generic_category().message(error);
    if (error == EADDRINUSE) {
        why = "the port is in use by another program";
    } else if (error == EADDRNOTAVAIL) {
        why = "this machine has no such address";
    } else if (error == EACCES) {
        why = "no permission (ports below 1024 need CAP_NET_BIND_SERVICE)";
    }
    return std::unexpected("cannot listen on " + address_text(address) + ": " + why);
}

bool set(int fd, int level, int option, int value) noexcept {
    return ::setsockopt(fd, level, option, &value, sizeof value) == 0;
}

}  // namespace

std::expected<UniqueFd, std::string> listen_on(const SocketAddress& address, int backlog) {
    const int family = address.storage.ss_family;
    UniqueFd fd(::socket(family, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0));
    if (!fd || !set(fd.get(), SOL_SOCKET, SO_REUSEADDR, 1) ||
        (family == AF_INET6 && !set(fd.get(), IPPROTO_IPV6, IPV6_V6ONLY, 1)) ||
        ::bind(fd.get(), address.get(), address.length) != 0 || ::listen(fd.get(), backlog) != 0) {
        return failure(address, errno);
    }
    return fd;
}

void await_first_bytes(int fd, bool on) noexcept {
    // Seconds. Without it everything works too, only a little dearer.
    static_cast<void>(set(fd, IPPROTO_TCP, TCP_DEFER_ACCEPT, on ? 1 : 0));
}

}  // namespace lbdrain::agent_check
