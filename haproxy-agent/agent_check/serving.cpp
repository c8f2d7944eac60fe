#include "agent_check/serving.hpp"

#include <fcntl.h>
#include <sys/epoll.h>
#include <sys/eventfd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <chrono>
#include <system_error>

namespace lbdrain::agent_check {
namespace {

// What an epoll event is about: a connection's id, or one of these.
constexpr std::uint64_t wake_mark = UINT64_MAX;
constexpr std::uint64_t port_mark = std::uint64_t{1} << 32;  // plus the port's place

std::int64_t steady_ms() {
    const auto now = std::chrono::steady_clock::now().time_since_epoch();
    return std::chrono::duration_cast<std::chrono::milliseconds>(now).count();
}

bool watch(int epoll, int operation, int fd, std::uint32_t events, std::uint64_t mark) {
    epoll_event event{};
    event.events = events;
    event.data.u64 = mark;
    return ::epoll_ctl(epoll, operation, fd, &event) == 0;
}

}  // namespace

std::expected<std::unique_ptr<Serving>, std::string> Serving::make(Limits limits) {
    std::unique_ptr<Serving> serving(new Serving(std::move(limits)));
    if (!serving->epoll_ || !serving->wake_ || !serving->reserve_ ||
        !watch(serving->epoll_.get(), EPOLL_CTL_ADD, serving->wake_.get(), EPOLLIN, wake_mark)) {
        return std::unexpected("cannot start to answer agent-checks: " +
                               std::generic_category().message(errno));
    }
    return serving;
}

Serving::Serving(Limits limits)
    : epoll_(::epoll_create1(EPOLL_CLOEXEC)),
      wake_(::eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK)),
      reserve_(open_reserve()),
      timeout_ms_(limits.client_timeout_ms),
      clients_(limits.most_clients),
      notices_(std::move(limits.notify)) {}

UniqueFd Serving::open_reserve() noexcept {
    return UniqueFd(::open("/dev/null", O_RDONLY | O_CLOEXEC));
}

void Serving::wake() const noexcept {
    const std::uint64_t one = 1;
    [[maybe_unused]] const auto written = ::write(wake_.get(), &one, sizeof one);
}

void Serving::stop() {
    {
        const std::lock_guard lock(mutex_);
        stopping_ = true;
    }
    wake();
}

void Serving::serve(std::vector<ServedPort> ports, std::shared_ptr<AnswerTable> table) {
    std::unique_lock lock(mutex_);
    next_ports_ = std::move(ports);
    next_table_ = std::move(table);
    ordered_ = true;
    wake();
    taken_.wait(lock, [this] { return !ordered_ || stopping_; });
}

ResponderStats Serving::stats() const noexcept {
    const auto read = [](const Counter& counter) {
        return counter.load(std::memory_order_relaxed);
    };
    return {read(answered_), read(unknown_), read(dropped_), read(gone_), read(open_)};
}

void Serving::run() {
    std::array<epoll_event, 256> events{};
    while (!end_) {
        const int ready = ::epoll_wait(epoll_.get(), events.data(), static_cast<int>(events.size()),
                                       next_timeout());
        now_ms_ = steady_ms();
        for (int i = 0; i < ready; ++i) {
            dispatch(events[static_cast<std::size_t>(i)].data.u64);
        }
        drop_late();
        if (paused_until_ms_ != 0 && now_ms_ >= paused_until_ms_) {
            paused_until_ms_ = 0;
            watch_ports(EPOLLIN);
        }
    }
}

int Serving::next_timeout() const noexcept {
    std::int64_t next = INT64_MAX;
    if (clients_.oldest() != Clients::none) {
        next = clients_.since_ms(clients_.oldest()) + timeout_ms_;
    }
    if (paused_until_ms_ != 0) {
        next = std::min(next, paused_until_ms_);
    }
    if (next == INT64_MAX) {
        return -1;
    }
    return static_cast<int>(std::clamp<std::int64_t>(next - steady_ms(), 0, 60000));
}

void Serving::dispatch(std::uint64_t what) {
    if (what == wake_mark) {
        std::uint64_t times = 0;
        [[maybe_unused]] const auto got = ::read(wake_.get(), &times, sizeof times);
        take_orders();
    } else if (what >= port_mark) {
        // The event may be older than the ports: then it is harmless, accept finds nobody.
        if (what - port_mark < ports_.size() && paused_until_ms_ == 0) {
            accept_from(ports_[what - port_mark]);
        }
    } else if (const auto id = static_cast<Clients::Id>(what); clients_.has(id)) {
        hear(id);
    }
}

void Serving::take_orders() {
    const std::lock_guard lock(mutex_);
    end_ = stopping_;
    if (!ordered_) {
        return;
    }
    for (const ServedPort& port : ports_) {
        watch(epoll_.get(), EPOLL_CTL_DEL, port.socket->get(), 0, 0);
    }
    ports_ = std::move(next_ports_);
    table_ = std::move(next_table_);
    next_ports_.clear();
    for (std::size_t i = 0; i < ports_.size(); ++i) {
        watch(epoll_.get(), EPOLL_CTL_ADD, ports_[i].socket->get(),
              paused_until_ms_ == 0 ? std::uint32_t{EPOLLIN} : 0U, port_mark + i);
    }
    ordered_ = false;
    taken_.notify_all();
}

void Serving::watch_ports(std::uint32_t events) {
    for (std::size_t i = 0; i < ports_.size(); ++i) {
        watch(epoll_.get(), EPOLL_CTL_MOD, ports_[i].socket->get(), events, port_mark + i);
    }
}

}  // namespace lbdrain::agent_check
