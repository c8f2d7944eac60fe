#include "balancer/balancer_thread.hpp"

#include <algorithm>
#include <chrono>
#include <utility>

#include "balancer/poll_pace.hpp"

namespace lbdrain::agent {
namespace {

using Clock = std::chrono::steady_clock;

Millis since(Clock::time_point begin) {
    // Rounded up, so that a poll of 2.9 ms does not count as one of 2.
    return std::chrono::ceil<std::chrono::milliseconds>(Clock::now() - begin).count();
}

}  // namespace

BalancerThread::BalancerThread(std::unique_ptr<Balancer> balancer, std::vector<Wanted> initial,
                               OnSnapshot on_snapshot)
    : balancer_(std::move(balancer)),
      on_snapshot_(std::move(on_snapshot)),
      wanted_(std::move(initial)),
      thread_([this](const std::stop_token& stop) { run(stop); }) {}

BalancerThread::~BalancerThread() {
    thread_.request_stop();  // wakes the wait, which has the token
    thread_.join();
}

void BalancerThread::want(std::size_t index, const Wanted& wanted) {
    {
        const std::lock_guard lock(mutex_);
        if (index >= wanted_.size() || wanted_[index] == wanted) {
            return;
        }
        wanted_[index] = wanted;
        asked_ = true;
    }
    changed_.notify_one();
}

void BalancerThread::want_all(const std::vector<Wanted>& wanted) {
    {
        const std::lock_guard lock(mutex_);
        if (wanted.size() != wanted_.size() || wanted == wanted_) {
            return;
        }
        wanted_ = wanted;
        asked_ = true;
    }
    changed_.notify_one();
}

void BalancerThread::poll_now() {
    {
        const std::lock_guard lock(mutex_);
        asked_ = true;
    }
    changed_.notify_one();
}

void BalancerThread::run(const std::stop_token& stop) {
    PollCost cost;
    std::unique_lock lock(mutex_);
    while (!stop.stop_requested()) {
        asked_ = false;
        const std::vector<Wanted> wanted = wanted_;
        lock.unlock();
        const auto begin = Clock::now();
        const Snapshot snapshot = balancer_->poll(wanted);
        const Millis poll_cost = cost.after(since(begin), snapshot.reachable);
        if (!stop.stop_requested()) {
            on_snapshot_(snapshot);
        }
        const auto next =
            Clock::now() + std::chrono::milliseconds(rest_after(snapshot, wanted, poll_cost));
        lock.lock();
        changed_.wait_until(lock, stop, next, [this] { return asked_; });
    }
}

}  // namespace lbdrain::agent
