#include <fcntl.h>
#include <grp.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <poll.h>
#include <pwd.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <cstdio>
#include <system_error>

#include "runtime/address.hpp"
#include "runtime/endpoint.hpp"

namespace lbdrain::haproxy {
namespace {

constexpr std::size_t name_buffer = 4096;

std::string user_name(uid_t uid) {
    std::array<char, name_buffer> buffer{};
    passwd entry{};
    passwd* found = nullptr;
    ::getpwuid_r(uid, &entry, buffer.data(), buffer.size(), &found);
    return found != nullptr ? entry.pw_name : std::to_string(uid);
}

std::string group_name(gid_t gid) {
    std::array<char, name_buffer> buffer{};
    group entry{};
    group* found = nullptr;
    ::getgrgid_r(gid, &entry, buffer.data(), buffer.size(), &found);
    return found != nullptr ? entry.gr_name : std::to_string(gid);
}

std::string octal(mode_t mode) {
    std::array<char, 8> text{};
    std::snprintf(text.data(), text.size(), "0%03o", mode & 0777U);
    return text.data();
}

// Which directory on the way, or else the socket itself, keeps us out, and what would let us in.
std::string who_forbids(const std::string& path) {
    std::string barrier = path;
    const char* right = "write";
    for (auto slash = path.find('/', 1); slash != std::string::npos;
         slash = path.find('/', slash + 1)) {
        const auto directory = path.substr(0, slash);
        if (::faccessat(AT_FDCWD, directory.c_str(), X_OK, AT_EACCESS) != 0) {
            barrier = directory;
            right = "search";
            break;
        }
    }
    struct stat status {};
    if (::stat(barrier.c_str(), &status) != 0) {
        return "permission denied on " + barrier;
    }
    const auto owner = user_name(status.st_uid);
    const auto owning_group = group_name(status.st_gid);
    std::string text = barrier + " belongs to " + owner + ":" + owning_group + " with mode " +
                       octal(status.st_mode) + ", and user " + user_name(::geteuid()) +
                       " lacks the right to " + right + " there";
    const mode_t group_right = *right == 'w' ? S_IWGRP : S_IXGRP;
    if ((status.st_mode & group_right) != 0) {
        return text + ": add it to group " + owning_group;
    }
    return text + (barrier == path
                       ? ": give the `stats socket` or `-S` line a mode and group for it"
                       : ": change its mode or group");
}

Error failure(int error, const Endpoint& endpoint) {
    const auto where = "cannot connect to " + endpoint.to_string() + ": ";
    switch (error) {
        case ENOENT:
        case ENOTDIR:
            return {ErrorCode::no_such_socket, where + "there is no such socket"};
        case ECONNREFUSED:
            return {ErrorCode::refused, where + "nobody listens there"};
        case EACCES:
        case EPERM:
            return {ErrorCode::permission,
                    where + (endpoint.is_unix() ? who_forbids(endpoint.unix_path)
                                                : std::string("not permitted"))};
        case ETIMEDOUT:
        case EAGAIN:  // a unix socket's queue is full
            return {ErrorCode::timeout, where + "not accepted in time"};
        default:
            return {ErrorCode::connection_failed,
                    where + std::error_code(error, std::generic_category()).message()};
    }
}

int pending_error(int fd) {
    int error = 0;
    socklen_t length = sizeof error;
    return ::getsockopt(fd, SOL_SOCKET, SO_ERROR, &error, &length) == 0 ? error : errno;
}

// 0, or an errno. A full queue of a unix socket can only be tried again: there is no event for it.
int connect_fd(int fd, const SocketAddress& address, const Deadline& deadline) {
    constexpr Millis longest_pause{50};
    for (Millis pause{1};; pause = std::min(pause * 2, longest_pause)) {
        if (::connect(fd, address.get(), address.length) == 0 || errno == EISCONN) {
            return 0;
        }
        const int error = errno;
        if (error == EINPROGRESS || error == EINTR) {
            const Ready ready = wait_for(fd, POLLOUT, deadline);
            return ready == Ready::yes ? pending_error(fd) : ETIMEDOUT;
        }
        if (error != EAGAIN || deadline.passed()) {
            return error;
        }
        pause_for(pause, deadline);
    }
}

}  // namespace

std::expected<UniqueFd, Error> connect(const Endpoint& endpoint, const Deadline& deadline) {
    const auto addresses = resolve(endpoint, deadline);
    if (!addresses) {
        return std::unexpected(addresses.error());
    }
    int error = ETIMEDOUT;
    auto untried = static_cast<Millis::rep>(addresses->size());
    for (const auto& address : *addresses) {
        // One that drops packets must not take the time of those after it.
        const auto share = deadline.at_most(deadline.left() / untried--);
        UniqueFd fd(
            ::socket(address.storage.ss_family, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0));
        if (!fd) {
            error = errno;
            continue;
        }
        if (!endpoint.is_unix()) {
            const int on = 1;
            ::setsockopt(fd.get(), IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
        }
        error = connect_fd(fd.get(), address, share);
        if (error == 0) {
            return fd;
        }
    }
    return std::unexpected(failure(error, endpoint));
}

}  // namespace lbdrain::haproxy
