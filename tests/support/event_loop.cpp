#include "event_loop.hpp"

#include <sys/epoll.h>
#include <sys/eventfd.h>

#include <array>
#include <cerrno>
#include <future>
#include <system_error>
#include <utility>

namespace lbdrain::test {
namespace {

constexpr EventLoop::Id wake_id = 0;

}  // namespace

EventLoop::EventLoop()
    : epoll_(::epoll_create1(EPOLL_CLOEXEC)), wake_(::eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK)) {
    epoll_event event{};
    event.events = EPOLLIN;
    event.data.u64 = wake_id;
    if (::epoll_ctl(epoll_.get(), EPOLL_CTL_ADD, wake_.get(), &event) != 0) {
        throw std::system_error(errno, std::generic_category(), "epoll");
    }
}

EventLoop::~EventLoop() = default;

EventLoop::Id EventLoop::watch(int fd, std::uint32_t events, Ready ready) {
    const auto id = next_id_++;
    epoll_event event{};
    event.events = events;
    event.data.u64 = id;
    if (::epoll_ctl(epoll_.get(), EPOLL_CTL_ADD, fd, &event) != 0) {
        throw std::system_error(errno, std::generic_category(), "epoll_ctl");
    }
    watches_.emplace(id, std::make_shared<Watch>(Watch{fd, std::move(ready)}));
    return id;
}

void EventLoop::change(Id id, std::uint32_t events) {
    const auto found = watches_.find(id);
    if (found != watches_.end()) {
        epoll_event event{};
        event.events = events;
        event.data.u64 = id;
        ::epoll_ctl(epoll_.get(), EPOLL_CTL_MOD, found->second->fd, &event);
    }
}

void EventLoop::unwatch(Id id) {
    const auto found = watches_.find(id);
    if (found != watches_.end()) {
        ::epoll_ctl(epoll_.get(), EPOLL_CTL_DEL, found->second->fd, nullptr);
        watches_.erase(found);
    }
}

EventLoop::Id EventLoop::after(Millis delay, Task task) {
    const auto id = next_id_++;
    const auto due = steady_ms() + delay.count();
    timers_.emplace(std::pair(due, id), std::move(task));
    due_.emplace(id, due);
    return id;
}

void EventLoop::cancel(Id id) {
    const auto found = due_.find(id);
    if (found != due_.end()) {
        timers_.erase({found->second, id});
        due_.erase(found);
    }
}

void EventLoop::post(Task task) {
    {
        const std::lock_guard lock(mutex_);
        posted_.push_back(std::move(task));
    }
    wake();
}

void EventLoop::call(const Task& task) {
    std::promise<void> done;
    post([&] {
        task();
        done.set_value();
    });
    done.get_future().wait();
}

void EventLoop::stop() {
    post([this] { stopping_ = true; });
}

void EventLoop::wake() {
    const std::uint64_t one = 1;
    [[maybe_unused]] const auto written = ::write(wake_.get(), &one, sizeof one);
}

void EventLoop::run_posted() {
    std::uint64_t count = 0;
    [[maybe_unused]] const auto got = ::read(wake_.get(), &count, sizeof count);
    std::vector<Task> tasks;
    {
        const std::lock_guard lock(mutex_);
        tasks.swap(posted_);
    }
    for (auto& task : tasks) {
        task();
    }
}

int EventLoop::run_timers() {
    const auto now = steady_ms();
    while (!timers_.empty() && timers_.begin()->first.first <= now) {
        auto timer = timers_.extract(timers_.begin());
        due_.erase(timer.key().second);
        timer.mapped()();
    }
    return timers_.empty() ? -1 : static_cast<int>(timers_.begin()->first.first - now);
}

void EventLoop::run() {
    std::array<epoll_event, 64> events{};
    stopping_ = false;
    while (!stopping_) {
        const int timeout = run_timers();
        const int count =
            ::epoll_wait(epoll_.get(), events.data(), static_cast<int>(events.size()), timeout);
        for (int i = 0; i < count; ++i) {
            const auto& event = events[static_cast<std::size_t>(i)];
            if (event.data.u64 == wake_id) {
                run_posted();
                continue;
            }
            const auto found = watches_.find(event.data.u64);
            if (found != watches_.end()) {
                const auto watch = found->second;  // it may unwatch itself
                watch->ready(event.events);
            }
        }
    }
}

}  // namespace lbdrain::test
