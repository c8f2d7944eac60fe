// Which servers of a service are restarted, in what order and how many at once. Pure; values.
#pragma once

#include <cstdint>
#include <expected>
#include <string>
#include <vector>

#include "lbdrain/defaults.hpp"
#include "lbdrain/sequence.hpp"

namespace lbdrain::ctl {

// A server as it was just seen, over all balancers.
struct PlanServer {
    std::string name{};
    std::string address{};
    bool in_rotation = false;
    std::uint64_t in_flight = 0;
    std::string state{};  // for people
    unsigned weight = 1;
};

enum class StepOrder : std::uint8_t {
    listed,      // as the service has them
    least_busy,  // fewest in flight first; those out of rotation, who cost nothing, before all
    named,       // `names` first, in that order; the others follow as listed
};

struct PlanOptions {
    StepOrder order = StepOrder::listed;
    std::vector<std::string> names{};  // of StepOrder::named
    std::vector<std::string> only{};   // empty: all
    std::vector<std::string> skip{};
    unsigned max_unavailable = 1;
    Millis pause = 0;  // after a server's end, before the next begins
    unsigned min_ready = defaults::min_ready;
    bool force = false;  // go below min_ready all the same
};

struct Plan {
    std::vector<PlanServer> steps;    // in their order
    std::vector<PlanServer> servers;  // the whole service, as listed
    unsigned max_unavailable = 1;
    Millis pause = 0;

    std::vector<std::string> names() const;  // of the steps
};

struct PlanError {
    enum class Kind : std::uint8_t { usage, guard };
    Kind kind = Kind::usage;
    std::string text;  // one line
};

// All mistakes, not the first alone. The guard: with `max_unavailable` of the steps' ready servers
// out at once, at least min_ready of the service, and never none, must be left in rotation.
std::expected<Plan, std::vector<PlanError>> make_plan(const std::vector<PlanServer>& servers,
                                                      const PlanOptions& options);

}  // namespace lbdrain::ctl
