// The least an agent can do: one epoll loop that reads something, says the same to everybody and
// closes. No names, no limits, no time limits, no errors: what any responder must at least cost.
//
//   bench_minimal_epoll PORT     USR1 prints the number of checks so far
#include <arpa/inet.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <unistd.h>

#include <array>
#include <csignal>
#include <cstdint>
#include <cstdlib>
#include <iostream>
#include <string_view>

namespace {

volatile std::sig_atomic_t asked = 0;
constexpr std::string_view answer = "up ready 100%\n";

int listen_on(std::uint16_t port) {
    const int fd = ::socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK, 0);
    const int on = 1;
    ::setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &on, sizeof on);
    ::setsockopt(fd, IPPROTO_TCP, TCP_DEFER_ACCEPT, &on, sizeof on);
    sockaddr_in address{};
    address.sin_family = AF_INET;
    address.sin_port = htons(port);
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    if (::bind(fd, reinterpret_cast<sockaddr*>(&address), sizeof address) != 0 ||
        ::listen(fd, 4096) != 0) {
        std::exit(1);
    }
    return fd;
}

}  // namespace

int main(int argc, char** argv) {
    if (argc != 2) {
        return 2;
    }
    const int listener = listen_on(static_cast<std::uint16_t>(std::atoi(argv[1])));
    struct sigaction action {};
    action.sa_handler = [](int) { asked = 1; };
    ::sigaction(SIGUSR1, &action, nullptr);

    const int epoll = ::epoll_create1(0);
    epoll_event event{};
    event.events = EPOLLIN;
    event.data.fd = listener;
    ::epoll_ctl(epoll, EPOLL_CTL_ADD, listener, &event);
    std::cout << "listens" << std::endl;
    std::array<epoll_event, 256> events{};
    std::array<char, 256> bytes{};
    for (std::uint64_t checks = 0;;) {
        const int ready = ::epoll_wait(epoll, events.data(), static_cast<int>(events.size()), -1);
        if (asked != 0) {
            asked = 0;
            std::cout << checks << std::endl;
        }
        if (ready <= 0) {
            continue;
        }
        for (int fd; (fd = ::accept4(listener, nullptr, nullptr, SOCK_NONBLOCK)) >= 0; ++checks) {
            [[maybe_unused]] const auto got = ::recv(fd, bytes.data(), bytes.size(), 0);
            ::send(fd, answer.data(), answer.size(), MSG_NOSIGNAL);
            ::close(fd);
        }
    }
}
