// A thread that owns one Balancer and polls it: often while somebody waits, seldom else
// (poll_pace.hpp). What is wanted is told from any thread; what was seen comes by callback.
#pragma once

#include <condition_variable>
#include <cstddef>
#include <functional>
#include <memory>
#include <mutex>
#include <thread>
#include <vector>

#include "balancer/balancer.hpp"

namespace lbdrain::agent {

class BalancerThread {
  public:
    // Called in the balancer's thread after each poll; must not block for long, nor destroy the
    // BalancerThread. May call want() and poll_now().
    using OnSnapshot = std::function<void(const Snapshot&)>;

    // Polls at once: `initial` is what is wanted of each server until want() says otherwise.
    BalancerThread(std::unique_ptr<Balancer> balancer, std::vector<Wanted> initial,
                   OnSnapshot on_snapshot);
    // Waits for the poll that is under way: no longer than the balancer's timeout, a small factor
    // aside. Changes nothing in the balancer. No callback comes after it.
    ~BalancerThread();
    BalancerThread(const BalancerThread&) = delete;
    BalancerThread& operator=(const BalancerThread&) = delete;

    // From any thread; does not block on the balancer. Polls at once if it changes anything.
    void want(std::size_t index, const Wanted& wanted);
    // Several at once, by index: what a sequence over many servers changes together.
    void want_all(const std::vector<Wanted>& wanted);
    // Looks again at once, whatever the pace is.
    void poll_now();

  private:
    void run(const std::stop_token& stop);

    std::unique_ptr<Balancer> balancer_;  // the thread's own
    OnSnapshot on_snapshot_;
    std::mutex mutex_;  // guards wanted_ and asked_
    std::condition_variable_any changed_;
    std::vector<Wanted> wanted_;
    bool asked_ = false;
    std::jthread thread_;  // last: it uses all the others
};

}  // namespace lbdrain::agent
