// Carries out commands for several servers: looks at all targets again and again, sends what has to
// be sent, says what happens. Blocks; one thread.
#pragma once

#include <memory>
#include <string>
#include <vector>

#include "fleet/targets.hpp"
#include "operation/exit_code.hpp"
#include "operation/operation.hpp"

namespace lbdrain::ctl {

// Whose turn it is: one after the other, several at once, with pauses.
class Turns {
  public:
    virtual ~Turns() = default;
    // What is to begin now.
    virtual std::vector<ServerSpec> next(const Fleet& fleet, Millis now) = 0;
    virtual void ended(const ServerSpec& server, Verdict verdict, const std::string& text,
                       Millis now) = 0;
    // Nothing more will begin; what runs may still run.
    virtual bool over() const = 0;
    // Why nothing begins right now, for people; empty if something runs.
    virtual std::string waiting_for(Millis now) const = 0;
};

using Operations = std::vector<std::unique_ptr<Operation>>;

// Told as it happens, to a person or to a script.
class Progress {
  public:
    virtual ~Progress() = default;
    virtual void began(const Operation& operation) = 0;
    // After each look: all that run, and what is waited for if none does.
    virtual void moved(const Operations& running, const std::string& waiting_for, Millis now) = 0;
    virtual void ended(const Operation& operation, Millis now) = 0;
    // Ctrl-C: these go on.
    virtual void interrupted(const Operations& running) = 0;
};

class Runner {
  public:
    // All outlive it. `interrupt`: ends run(), what was begun goes on.
    Runner(Targets& targets, Progress& progress, http::Heeded& interrupt)
        : targets_(targets), progress_(progress), interrupt_(interrupt) {}

    // `fleet`: what the targets show now. The first failure's code, or `done`. Nothing begins while
    // a target is silent that answered in `fleet`.
    ExitCode run(Fleet fleet, Turns& turns, const OperationRequest& request);
    // Why something could not begin, for people; empty: everything could.
    const std::string& obstacle() const noexcept { return obstacle_; }

  private:
    void begin(const Fleet& fleet, Turns& turns, const OperationRequest& request);
    bool complete(const Fleet& fleet);
    bool send();
    void collect(Turns& turns);

    Targets& targets_;
    Progress& progress_;
    http::Heeded& interrupt_;
    Operations running_;
    std::vector<bool> needed_;  // the targets, as in the fleet: did it answer at first?
    std::string silent_;        // the one that does not answer now, and why
    Millis silent_since_ = -1;
    std::string obstacle_;
    ExitCode code_ = ExitCode::done;
};

// Milliseconds of a clock that does not jump.
Millis steady_now();

}  // namespace lbdrain::ctl
