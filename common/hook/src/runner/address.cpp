#include "runner/address.hpp"

#include <fcntl.h>
#include <netdb.h>
#include <sys/un.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <csignal>
#include <cstring>
#include <memory>

#include "lbdrain/posix/unique_fd.hpp"
#include "runner/text.hpp"

namespace lbdrain::hook {
namespace {

using Addresses = std::vector<SocketAddress>;
using Result = std::expected<Addresses, std::string>;

constexpr std::size_t kMaxAddresses = 16;

Result unix_address(std::string_view path) {
    SocketAddress address;
    sockaddr_un target{};
    target.sun_family = AF_UNIX;
    if (path.size() >= sizeof target.sun_path) {
        return std::unexpected("the unix socket's path is too long");
    }
    std::memcpy(&target.sun_path[0], path.data(), path.size());
    std::memcpy(&address.storage, &target, sizeof target);
    address.length = sizeof target;
    return Addresses{address};
}

/// getaddrinfo's answer; without AI_NUMERICHOST in `flags` it may take any time.
int look_up(const std::string& host, const std::string& port, int flags, Addresses& found) {
    addrinfo hints{};
    hints.ai_socktype = SOCK_STREAM;
    hints.ai_flags = flags | AI_NUMERICSERV;
    addrinfo* list = nullptr;
    const int error = ::getaddrinfo(host.c_str(), port.c_str(), &hints, &list);
    if (error != 0) {
        return error;
    }
    const std::unique_ptr<addrinfo, decltype(&::freeaddrinfo)> owner(list, &::freeaddrinfo);
    for (const addrinfo* item = list; item != nullptr && found.size() < kMaxAddresses;
         item = item->ai_next) {
        SocketAddress address;
        std::memcpy(&address.storage, item->ai_addr, item->ai_addrlen);
        address.length = item->ai_addrlen;
        found.push_back(address);
    }
    return 0;
}

/// The child's whole life: one look-up, its answer to `fd`.
[[noreturn]] void look_up_and_exit(const std::string& host, const std::string& port, int fd) {
    Addresses found;
    int status = 1;
    if (look_up(host, port, 0, found) == 0) {
        const std::size_t size = found.size() * sizeof(SocketAddress);
        status = ::write(fd, found.data(), size) == static_cast<ssize_t>(size) ? 0 : 1;
    }
    ::_exit(status);
}

Result look_up_elsewhere(Run& run, const std::string& host, const std::string& port,
                         TimePoint until) {
    std::array<int, 2> ends{};
    if (::pipe2(ends.data(), O_CLOEXEC | O_NONBLOCK) != 0) {
        return std::unexpected("cannot look up " + host + ": " + error_text(errno));
    }
    const UniqueFd answer(ends[0]);
    UniqueFd question(ends[1]);
    const pid_t child = ::fork();
    if (child < 0) {
        return std::unexpected("cannot look up " + host + ": " + error_text(errno));
    }
    if (child == 0) {
        look_up_and_exit(host, port, question.get());
    }
    question.reset();
    pollfd readable{answer.get(), POLLIN, 0};
    const Run::Wake wake = run.wait({&readable, 1}, until);
    Addresses found(kMaxAddresses);
    const ssize_t size = ::read(answer.get(), found.data(), found.size() * sizeof(SocketAddress));
    ::kill(child, SIGKILL);
    ::waitpid(child, nullptr, 0);
    if (wake != Run::Wake::ready) {
        return std::unexpected("no answer to the look-up of " + host);
    }
    found.resize(size < 0 ? 0 : static_cast<std::size_t>(size) / sizeof(SocketAddress));
    if (found.empty()) {
        return std::unexpected("no address found for " + host);
    }
    return found;
}

}  // namespace

Result resolve(Run& run, std::string_view address, TimePoint until) {
    if (address.starts_with("unix:")) {
        return unix_address(address.substr(5));
    }
    const std::size_t colon = address.rfind(':');
    if (colon == std::string_view::npos) {
        return std::unexpected("no port in address " + std::string(address));
    }
    std::string host(address.substr(0, colon));
    const std::string port(address.substr(colon + 1));
    if (host.starts_with('[') && host.ends_with(']')) {
        host = host.substr(1, host.size() - 2);
    }
    Addresses found;
    if (look_up(host, port, AI_NUMERICHOST, found) == 0 && !found.empty()) {
        return found;
    }
    return look_up_elsewhere(run, host, port, until);
}

}  // namespace lbdrain::hook
