// What is left of a service at each step of a plan: what --dry-run shows. Pure.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <vector>

#include "rollout/plan.hpp"

namespace lbdrain::ctl {

// While one step's server is out, in the worst case: those begun before it are out too, as many as
// may be at once. Servers that were done before are in rotation, even if they were not at first.
struct StepCapacity {
    PlanServer server;
    std::vector<std::string> out;  // at once, this one last
    std::size_t ready_left = 0;    // servers in rotation
    std::size_t servers = 0;       // of the service
    std::uint64_t weight_left = 0;
    std::uint64_t weight = 0;  // of the service

    // Of the service's weight, rounded down; 0 if it has none.
    unsigned percent_left() const noexcept;
};

std::vector<StepCapacity> capacity_by_step(const Plan& plan);

// An aligned table of plain text with a heading, a line a step, each with its newline.
std::string render_table(const std::vector<StepCapacity>& steps);

}  // namespace lbdrain::ctl
