#include "http_server.hpp"

#include <poll.h>
#include <sys/eventfd.h>
#include <sys/socket.h>
#include <unistd.h>

#include <array>
#include <utility>

namespace lbdrain::hook::test {

HttpServer::HttpServer(UniqueFd listening, Answer answer)
    : listening_(std::move(listening)),
      answer_(std::move(answer)),
      stop_(::eventfd(0, EFD_CLOEXEC)),
      thread_([this] { serve(); }) {}

HttpServer::~HttpServer() {
    ::eventfd_write(stop_.get(), 1);
    thread_.join();
}

void HttpServer::serve() {
    while (true) {
        std::array<pollfd, 2> fds{{{listening_.get(), POLLIN, 0}, {stop_.get(), POLLIN, 0}}};
        ::poll(fds.data(), fds.size(), -1);
        if (fds[1].revents != 0) {
            return;
        }
        const UniqueFd client(::accept4(listening_.get(), nullptr, nullptr, SOCK_CLOEXEC));
        ++connections_;
        std::string request;
        std::array<char, 65536> chunk{};
        const auto complete = [&] {
            const std::size_t head = request.find("\r\n\r\n");
            if (head == std::string::npos) {
                return false;
            }
            const std::size_t length = request.find("Content-Length: ");
            return length == std::string::npos ||
                   request.size() >= head + 4 + std::stoul(request.substr(length + 16));
        };
        while (!complete()) {
            const ssize_t count = ::read(client.get(), chunk.data(), chunk.size());
            if (count <= 0) {
                break;
            }
            request.append(chunk.data(), static_cast<std::size_t>(count));
        }
        const std::string answer = answer_(request);
        if (answer.empty()) {
            continue;
        }
        const std::string body = answer.size() > 4 ? answer.substr(4) : "";
        const std::string reply = "HTTP/1.1 " + answer.substr(0, 3) +
                                  " X\r\nContent-Length: " + std::to_string(body.size()) +
                                  "\r\n\r\n" + body;
        ::send(client.get(), reply.data(), reply.size(), MSG_NOSIGNAL);
    }
}

}  // namespace lbdrain::hook::test
