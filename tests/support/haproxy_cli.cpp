#include "haproxy_cli.hpp"

#include <poll.h>
#include <sys/socket.h>

#include <cerrno>

#include "endpoint.hpp"

namespace lbdrain::test {
namespace {

bool wait_readable(int fd, std::int64_t start, Millis limit) {
    pollfd watched{fd, POLLIN, 0};
    for (;;) {
        const auto left = time_left(start, limit);
        const int ready = ::poll(&watched, 1, static_cast<int>(left.count()));
        if (ready > 0 || (ready == 0 && left == Millis{0})) {
            return ready > 0;
        }
        if (ready < 0 && errno != EINTR) {
            return false;
        }
    }
}

}  // namespace

std::optional<std::string> haproxy_cli(const std::string& socket_path, const std::string& line,
                                       Millis limit) {
    const auto start = steady_ms();
    const auto fd = connect_to(Endpoint::unix_socket(socket_path), limit);
    const auto command = line + "\n";
    // A command is shorter than any socket buffer.
    if (!fd || ::send(fd.get(), command.data(), command.size(), MSG_NOSIGNAL) !=
                   static_cast<ssize_t>(command.size())) {
        return std::nullopt;
    }
    std::string answer;
    char buffer[16384];
    while (wait_readable(fd.get(), start, limit)) {
        const auto got = ::recv(fd.get(), buffer, sizeof buffer, 0);
        if (got == 0) {
            return answer;
        }
        if (got < 0 && errno != EAGAIN && errno != EINTR) {
            return std::nullopt;
        }
        answer.append(buffer, got > 0 ? static_cast<std::size_t>(got) : 0);
    }
    return std::nullopt;
}

std::string info_field(const std::string& info, const std::string& name) {
    const auto text = "\n" + info;
    const auto begin = text.find("\n" + name + ": ");
    if (begin == std::string::npos) {
        return {};
    }
    const auto value = begin + name.size() + 3;
    return text.substr(value, text.find('\n', value) - value);
}

}  // namespace lbdrain::test
