// A rollout's turns: the schedule decides, permits are waited for, and the journal is written
// before anything begins and after anything ended. One thread.
#pragma once

#include <string>
#include <vector>

#include "commands/permits.hpp"
#include "operation/runner.hpp"
#include "rollout/journal.hpp"
#include "rollout/schedule.hpp"

namespace lbdrain::ctl {

class RolloutTurns : public Turns {
  public:
    // All but the values outlive it.
    RolloutTurns(Journal journal, Schedule schedule, Permits& permits, Lease& lease)
        : journal_(std::move(journal)),
          schedule_(std::move(schedule)),
          permits_(permits),
          lease_(lease) {}

    std::vector<ServerSpec> next(const Fleet& fleet, Millis now) override;
    void ended(const ServerSpec& server, Verdict verdict, const std::string& text,
               Millis now) override;
    bool over() const override { return waiting_.empty() && schedule_.over(); }
    std::string waiting_for(Millis now) const override;

    Schedule::Result result() const { return schedule_.result(); }
    const Schedule& schedule() const noexcept { return schedule_; }

  private:
    bool save();

    Journal journal_;
    Schedule schedule_;
    Permits& permits_;
    Lease& lease_;
    std::vector<std::string> waiting_;  // their turn has come, but they have no permit yet
    std::string denied_;
};

}  // namespace lbdrain::ctl
