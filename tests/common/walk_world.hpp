// A small world around one sequence, for random walks: workers that obey late, requests, a replica
// that dies by its stop hook, a hook runner, crashes of the program that drives the sequence.
#pragma once

#include <array>
#include <cstdint>
#include <random>
#include <vector>

#include "sequence_driver.hpp"

namespace lbdrain::test {

class Dice {
  public:
    explicit Dice(std::uint64_t seed) : random_(seed) {}

    // Own arithmetic: what a seed does must not depend on the standard library at hand.
    std::int64_t up_to(std::int64_t most) {
        return static_cast<std::int64_t>(random_() % (static_cast<std::uint64_t>(most) + 1));
    }
    bool percent(int chance) { return up_to(99) < chance; }
    template <class T, std::size_t N>
    T one_of(const std::array<T, N>& all) {
        return all[static_cast<std::size_t>(up_to(N - 1))];
    }

  private:
    std::mt19937_64 random_;
};

class World {
  public:
    explicit World(Dice& dice) : dice_(dice) {}

    // Time has passed: requests end, workers hear of `wanted` sooner or later, requests arrive
    // through every worker that still (or again) routes. `settled`: nothing forgets its state.
    void live(const Effects& wanted, bool settled, Millis now);
    // What is to run now; runs it unless it runs already.
    void obey(const std::optional<Run>& wanted, Millis now);
    // The driving program dies: what it had in memory about the run is gone.
    void crash() { runner_ = {}; }

    Observation observe(Millis now);

    std::uint64_t in_flight() const;
    bool routed() const;
    bool alive() const { return alive_; }
    std::uint64_t cut() const { return cut_; }
    void somebody_starts_it() { alive_ = true; }

  private:
    struct Worker {
        bool routes = true;
        std::vector<Millis> requests;  // when each will be answered
    };
    struct Runner {
        Run run;
        Millis ends = 0;
        RunStatus fate = RunStatus::succeeded;  // none: says nothing, running: never ends
    };

    RunStatus run_status(Millis now);
    void stop_signal();

    Dice& dice_;
    std::array<Worker, 3> workers_;
    bool alive_ = true;
    std::uint64_t cut_ = 0;
    Runner runner_;
    Runner ended_;  // an older one, whose outcome may still arrive
};

}  // namespace lbdrain::test
