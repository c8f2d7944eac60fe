// A run: load, the action in its middle, load until all is quiet again. One thread.
#pragma once

#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "lbdrain/http/transfers.hpp"
#include "verify/action.hpp"
#include "verify/generator.hpp"
#include "verify/statistics.hpp"

namespace lbdrain::ctl {

struct SessionOptions {
    TrafficOptions traffic;
    std::vector<std::string> action;  // argv; empty: none, the load runs for `duration`
    std::string action_text;          // as people know it
    Micros warm_up = 5 * per_second;  // at least, and until every client has had a good answer
    Micros warm_up_limit = 120 * per_second;  // beyond `warm_up`; then the action runs all the same
    Micros cool_down = 5 * per_second;        // after the action, and until what it met has ended
    Micros duration = 60 * per_second;
};

enum class Stage { warming, acting, cooling, timed, ending };

struct SessionEnd {
    bool interrupted = false;
    bool acted = false;                  // the action was run, or there is none
    std::optional<int> action_exit = 0;  // nothing: it did not end
    std::string trouble;                 // why the run says nothing; empty: it does
    Micros wall = 0;
    double cpu_share = 0;      // of one core, of this process alone
    std::size_t peak_kib = 0;  // of memory
    Micros longest_turn = 0;
    std::uint64_t begun = 0;
    std::uint64_t not_sent = 0;
};

// What is going on, for a person. Called from the session's thread.
class SessionView {
  public:
    struct Now {
        Stage stage = Stage::warming;
        Micros now = 0;
        std::size_t in_flight = 0;
        std::uint64_t begun = 0;
    };
    virtual ~SessionView() = default;
    virtual void moved(const Now& now, const Statistics& statistics) = 0;
    virtual void said(const std::string& line) = 0;         // by the action
    virtual void stage_began(Stage stage, Micros now) = 0;  // and what ended is over
};

class Session {
  public:
    // `interrupt` ends the run.
    Session(SessionOptions options, http::Heeded& interrupt, SessionView& view);

    SessionEnd run();
    const Statistics& statistics() const noexcept { return statistics_; }

  private:
    void enter(Stage stage);
    void step();
    bool warm() const;
    bool start_action();
    void interrupted();
    void draw(bool force);

    SessionOptions options_;
    http::Heeded& interrupt_;
    SessionView& view_;
    Statistics statistics_;
    Generator generator_;
    Action action_;
    Stage stage_ = Stage::warming;
    Micros stage_began_ = 0;
    Micros next_draw_ = 0;
    bool over_ = false;
    SessionEnd end_;
};

}  // namespace lbdrain::ctl
