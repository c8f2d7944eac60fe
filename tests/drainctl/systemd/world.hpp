// Targets as a UnitTask sees them, on simulated time: replica vllm/a, and its neighbour b, behind
// edge-1 and edge-2. One thread.
#pragma once

#include <algorithm>
#include <string>
#include <vector>

#include "fleet/targets.hpp"
#include "systemd/unit_task.hpp"

namespace lbdrain::test {

class World {
  public:
    World();

    api::ServerView& a(std::size_t target) { return views_[target][0]; }
    void set(std::size_t target, ServerState state, Goal goal = Goal::none,
             const std::string& by = "");
    void set_in_flight(std::size_t target, std::uint64_t count) { a(target).in_flight = count; }
    void silence(std::size_t target, bool silent = true) { silent_[target] = silent; }
    // The next orders at this target are refused so; `internal` with an empty detail: taken.
    void refuse(std::size_t target, api::ProblemCode code, const std::string& detail);
    void accept(std::size_t target) { refusals_[target] = {}; }

    ctl::Fleet fleet() const;
    // Time passes, the task looks; its orders are heard of, and change states as a server would
    // that drains until in_flight is 0 and passes no check by itself.
    std::vector<ctl::Order> step(ctl::UnitTask& task, Millis passed = 0);

    Millis now = 1'000'000;
    std::vector<std::string> lines;  // all that the task said, warnings after "! "

    bool said(const std::string& text) const;

  private:
    void apply(const ctl::Order& order);

    std::vector<std::vector<api::ServerView>> views_;
    std::vector<bool> silent_{false, false};
    std::vector<api::Problem> refusals_;
};

const std::vector<ctl::ServerSpec> kServerA{{"vllm", "a"}};
const std::string kUnit = "vllm@a.service";
const std::string kBy = "systemd vllm@a.service";

}  // namespace lbdrain::test
