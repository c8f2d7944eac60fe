// What the responder's thread does with one connection, from accept to close.
#include <sys/epoll.h>
#include <sys/socket.h>

#include <array>
#include <cerrno>
#include <system_error>

#include "agent_check/address.hpp"
#include "agent_check/question.hpp"
#include "agent_check/serving.hpp"

namespace lbdrain::agent_check {
namespace {

constexpr int accepts_a_turn = 64;  // so that one port cannot keep the others waiting
constexpr std::int64_t pause_ms = 100;

bool out_of_resources(int error) {
    return error == EMFILE || error == ENFILE || error == ENOBUFS || error == ENOMEM;
}

UniqueFd accept_one(int listener) {
    return UniqueFd(::accept4(listener, nullptr, nullptr, SOCK_NONBLOCK | SOCK_CLOEXEC));
}

}  // namespace

// One thread counts, so no read-modify-write is needed.
void Serving::count(Counter& counter) noexcept {
    counter.store(counter.load(std::memory_order_relaxed) + 1, std::memory_order_relaxed);
}

void Serving::accept_from(const ServedPort& port) {
    for (int i = 0; i < accepts_a_turn; ++i) {
        UniqueFd fd = accept_one(port.socket->get());
        if (fd) {
            greet(port, std::move(fd), true);
        } else if (errno == EAGAIN) {
            return;
        } else if (out_of_resources(errno)) {
            accept_with_reserve(port, errno);
            return;
        }
        // Anything else is an error of that one connection (accept(2)).
    }
}

// Readiness stays until accept succeeds: each time something must change, or the loop would spin.
void Serving::accept_with_reserve(const ServedPort& port, int error) {
    notice_no_room(error);
    if (clients_.oldest() != Clients::none) {
        drop(clients_.oldest(), dropped_);
        return;
    }
    reserve_.reset();
    UniqueFd fd = accept_one(port.socket->get());
    const bool accepted = static_cast<bool>(fd);
    if (accepted) {
        greet(port, std::move(fd), false);
    }
    reserve_ = open_reserve();
    if (!accepted || !reserve_) {
        paused_until_ms_ = now_ms_ + pause_ms;
        watch_ports(0);
    }
}

// Closes the connection unless it waits for more (`may_wait`).
void Serving::greet(const ServedPort& port, UniqueFd fd, bool may_wait) {
    std::array<char, max_question> bytes;  // NOLINT(cppcoreguidelines-pro-type-member-init)
    const ssize_t got = ::recv(fd.get(), bytes.data(), bytes.size(), 0);
    if (!port.shared) {
        // What may have been said was read only because closing with unread bytes is a reset, which
        // can overtake the answer.
        answer(fd.get(), *port.index);
        return;
    }
    if (got == 0 || (got < 0 && errno != EAGAIN && errno != EINTR)) {
        count(gone_);
        return;
    }
    const std::string_view said(bytes.data(), got < 0 ? 0 : static_cast<std::size_t>(got));
    if (const auto name = first_line(said)) {
        answer_question(fd.get(), *name);
    } else if (may_wait && said.size() < max_question) {
        keep(std::move(fd), said);
    } else {
        count(dropped_);
    }
}

void Serving::keep(UniqueFd fd, std::string_view bytes) {
    if (clients_.full()) {
        drop(clients_.oldest(), dropped_);
    }
    const int raw = fd.get();
    const Clients::Id id = clients_.add(std::move(fd), bytes, now_ms_);
    open_.store(open_.load(std::memory_order_relaxed) + 1, std::memory_order_relaxed);
    epoll_event event{};
    event.events = EPOLLIN;
    event.data.u64 = id;
    if (::epoll_ctl(epoll_.get(), EPOLL_CTL_ADD, raw, &event) != 0) {
        drop(id, dropped_);
    }
}

void Serving::hear(Clients::Id id) {
    const Clients::Read read = clients_.read(id);
    if (read == Clients::Read::gone) {
        notice_no_line(id);
        drop(id, gone_);
    } else if (const auto name = first_line(clients_.said(id))) {
        answer_question(clients_.fd(id), *name);
        clients_.remove(id);
        open_.store(open_.load(std::memory_order_relaxed) - 1, std::memory_order_relaxed);
    } else if (read == Clients::Read::full) {
        drop(id, dropped_);
    }
}

void Serving::drop(Clients::Id id, Counter& as) {
    count(as);
    clients_.remove(id);
    open_.store(open_.load(std::memory_order_relaxed) - 1, std::memory_order_relaxed);
}

void Serving::drop_late() {
    while (clients_.oldest() != Clients::none &&
           clients_.since_ms(clients_.oldest()) + timeout_ms_ <= now_ms_) {
        notice_no_line(clients_.oldest());
        drop(clients_.oldest(), dropped_);
    }
}

void Serving::answer_question(int fd, std::string_view name) {
    if (const auto index = table_->find(name)) {
        answer(fd, *index);
        return;
    }
    count(send_all(fd, no_opinion) ? unknown_ : gone_);
    notice_unknown(fd, name);
}

void Serving::answer(int fd, AnswerTable::Index index) {
    const AnswerTable::Current current = table_->current(index);
    if (send_all(fd, current.line.view())) {
        table_->fetched(index, current.version, now_ms_);
        count(answered_);
    } else {
        count(gone_);
    }
}

// A line always fits into a new socket's buffer.
bool Serving::send_all(int fd, std::string_view line) noexcept {
    return ::send(fd, line.data(), line.size(), MSG_NOSIGNAL) == static_cast<ssize_t>(line.size());
}

void Serving::notice_unknown(int fd, std::string_view name) {
    if (notices_.due(Notices::Kind::unknown_name, now_ms_)) {
        notices_.say(Notices::Kind::unknown_name, now_ms_,
                     peer_text(fd) + " asked for \"" + printable(name) +
                         "\", which is no server here: told it \"no opinion\"");
    }
}

void Serving::notice_no_line(Clients::Id id) {
    if (!clients_.said(id).empty() && notices_.due(Notices::Kind::no_line, now_ms_)) {
        notices_.say(Notices::Kind::no_line, now_ms_,
                     peer_text(clients_.fd(id)) + " asked \"" + printable(clients_.said(id)) +
                         "\" and did not end the line: HAProxy's agent-send must end with \\n");
    }
}

void Serving::notice_no_room(int error) {
    if (notices_.due(Notices::Kind::no_room, now_ms_)) {
        notices_.say(
            Notices::Kind::no_room, now_ms_,
            "agent-checks are answered one at a time: " + std::generic_category().message(error));
    }
}

}  // namespace lbdrain::agent_check
