// One random walk of a sequence through its world, with the rules checked at every step.
#pragma once

#include <deque>
#include <optional>
#include <set>
#include <string>
#include <utility>

#include "walk_world.hpp"

namespace lbdrain::test {

// What the walks came across, so that a walk that goes nowhere does not pass.
struct Seen {
    std::set<std::pair<ServerState, ServerState>> edges;
    std::set<Outcome> outcomes;
    std::uint64_t steps = 0;
    std::uint64_t commands = 0;
    std::uint64_t sequences = 0;
    std::uint64_t stops = 0;
    std::uint64_t crashes = 0;
};

class Walk {
  public:
    Walk(std::uint64_t seed, Seen& seen) : dice_(seed), seen_(seen) {}

    // Empty, or the rule that was broken and how it came to that.
    std::string run(int steps);

  private:
    void step();
    void random_command();
    void crash();
    Command choose();

    void check_command(const Sequence& before, const Command& c, const Answer& answer);
    void check_advance(const Sequence& before, const Observation& seen);
    void check_both(const Sequence& before);
    void check_stop(const Sequence& before, const Observation& seen);
    void check_rotation(const Sequence& before, const Observation& seen);
    void check_deadline(const Sequence& before, const Observation& seen);
    void check_time();

    void rule(bool holds, const char* text);
    void note(const std::string& event);

    Dice dice_;
    Seen& seen_;
    World world_{dice_};
    Sequence s_;
    Millis now_ = 1'000'000;
    std::uint64_t next_id_ = 1;
    std::uint64_t highest_ended_ = 0;

    // The walk's own memory of what the rules are about.
    std::optional<Millis> zero_since_;  // since leaving rotation
    Millis budget_since_ = 0;           // of the state: entered, or extended
    Millis longest_tick_ = 0;           // since then
    bool touched_ = false;              // stopped or failed since it was in rotation last
    bool check_demanded_ = false;       // by the command that leads it back

    std::deque<std::string> history_;
    std::string broken_;
};

}  // namespace lbdrain::test
