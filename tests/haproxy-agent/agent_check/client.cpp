#include "client.hpp"

#include <poll.h>
#include <sys/socket.h>

#include <array>
#include <stdexcept>
#include <utility>

#include "agent_check/address.hpp"

namespace lbdrain::test {

CheckClient::CheckClient(const std::string& address) {
    const auto target = agent_check::parse_address(address).value();
    UniqueFd fd(::socket(target.storage.ss_family, SOCK_STREAM | SOCK_CLOEXEC, 0));
    if (fd && ::connect(fd.get(), target.get(), target.length) == 0) {
        fd_ = std::move(fd);
    }
}

void CheckClient::send(std::string_view bytes) {
    while (!bytes.empty()) {
        const auto sent = ::send(fd_.get(), bytes.data(), bytes.size(), MSG_NOSIGNAL);
        if (sent <= 0) {
            return;  // the other side has closed; what it said can still be read
        }
        bytes.remove_prefix(static_cast<std::size_t>(sent));
    }
}

void CheckClient::finish() {
    ::shutdown(fd_.get(), SHUT_WR);
}

void CheckClient::reset() {
    const linger hard{1, 0};
    ::setsockopt(fd_.get(), SOL_SOCKET, SO_LINGER, &hard, sizeof hard);
    fd_.reset();
}

std::string CheckClient::receive(Millis limit) {
    const auto start = steady_ms();
    std::string all;
    while (fd_) {
        pollfd readable{fd_.get(), POLLIN, 0};
        if (::poll(&readable, 1, static_cast<int>(time_left(start, limit).count())) <= 0) {
            break;
        }
        std::array<char, 4096> bytes{};
        const auto got = ::recv(fd_.get(), bytes.data(), bytes.size(), 0);
        if (got <= 0) {
            closed_ = true;
            break;
        }
        all.append(bytes.data(), static_cast<std::size_t>(got));
    }
    return all;
}

std::string check(const std::string& address, std::string_view question) {
    CheckClient client(address);
    if (!client.connected()) {
        return "no connection";
    }
    client.send(question);
    auto answer = client.receive();
    return client.closed() ? answer : answer + " and not closed";
}

std::shared_ptr<agent_check::AnswerTable> table_of(const std::vector<std::string>& names) {
    return agent_check::AnswerTable::make(names).value();
}

Running::Running(std::vector<std::string> names, agent_check::ResponderOptions options)
    : table(table_of(names)) {
    options.table = table;
    if (options.listeners.empty()) {
        options.listeners = {{"127.0.0.1:0"}};
    }
    auto started = agent_check::Responder::start(std::move(options));
    if (!started) {
        throw std::runtime_error(started.error());
    }
    responder = std::move(*started);
}

}  // namespace lbdrain::test
