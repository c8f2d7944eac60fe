// Targets that run the real drain sequence on simulated time: what they answer is what the module
// and the agent would. Requests are numbers, hooks take a time, a target may be silent.
#pragma once

#include <deque>
#include <string>
#include <vector>

#include "fleet/targets.hpp"
#include "lbdrain/api/command.hpp"
#include "lbdrain/waiting_for.hpp"

namespace lbdrain::ctl::test {

struct FakeTarget {
    std::string name;
    Policy policy;
    bool stop_hook = false;
    bool start_hook = false;
    std::uint64_t in_flight = 0;
    bool silent = false;          // answers nothing
    bool loses_answers = false;   // does what it is told and does not say so
    bool loses_commands = false;  // answers no command, nor does it do any
    bool refuses = false;         // min_ready
    bool stop_fails = false;
    Millis hook_time = 300;
    Sequence sequence;
    std::uint64_t ids = 0;
    Millis run_since = 0;
    Run running_hook;

    bool out() const { return !effects(sequence, 0).in_rotation; }
};

class FakeTargets {
  public:
    explicit FakeTargets(std::size_t count);

    FakeTarget& operator[](std::size_t i) { return targets_.at(i); }
    std::size_t size() const { return targets_.size(); }
    Millis now() const { return now_; }

    Fleet look() const;
    std::vector<OrderResult> send(std::span<const Order> orders);
    OrderResult send(const Order& order);
    // Lets time pass, 10 ms at a time. True: at every moment at which a stop hook ran, no target
    // had anything in flight and all were out.
    void pass(Millis time);
    bool stopped_in_use() const { return stopped_in_use_; }
    int stops() const { return stops_; }

  private:
    void advance_one(FakeTarget& target);
    api::ServerView view(const FakeTarget& target) const;

    std::deque<FakeTarget> targets_;
    Millis now_ = 1'000'000;
    bool stopped_in_use_ = false;
    int stops_ = 0;
};

}  // namespace lbdrain::ctl::test
