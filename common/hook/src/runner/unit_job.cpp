#include "runner/unit_job.hpp"

#include <utility>

#include "runner/text.hpp"

namespace lbdrain::hook {
namespace {

constexpr milliseconds kTick{1000};  // between two progress events

/// The unit's state and for how long it has been in it.
class Watched {
  public:
    Watched(Run& run, UnitManager& manager, JobWait& wait)
        : run_(run), manager_(manager), wait_(wait), since_(Clock::now()) {}

    /// Looks again; true when the state is another one.
    BusResult<bool> look() {
        auto unit = manager_.read(run_);
        if (!unit) {
            return std::unexpected(unit.error());
        }
        const bool other = unit->state() != wait_.unit.state();
        wait_.unit = std::move(*unit);
        if (other) {
            since_ = Clock::now();
        }
        return other;
    }

    std::string text() const {
        const auto so_far = std::chrono::duration_cast<milliseconds>(Clock::now() - since_);
        std::string text = "waiting for systemd to " + wait_.verb + " " + manager_.unit() +
                           " (job " + std::to_string(job_id(wait_.path)) +
                           "): " + wait_.unit.state() + " for " + duration_text(so_far);
        if (wait_.unit.active == "deactivating" && wait_.unit.stop_timeout) {
            text +=
                ", TimeoutStopSec=" +
                duration_text(std::chrono::duration_cast<milliseconds>(*wait_.unit.stop_timeout));
        }
        return text;
    }

    Event gave_up(const BusError& error) const {
        const std::string later =
            text() + "; the job goes on in systemd, and this hook joins it when it is run again";
        return error.ended ? ended_early(run_, later) : failed(error.text + " while " + later);
    }

  private:
    Run& run_;
    UnitManager& manager_;
    JobWait& wait_;
    TimePoint since_;
};

/// Of a job that systemd does not have any more: its end was told before that was answered, or
/// never will be.
std::string told_result(Run& run, UnitManager& manager, const std::string& job) {
    while (true) {
        const auto change = manager.next_change(run, Clock::now());
        if (!change || !*change) {
            return "unknown";
        }
        if ((*change)->job == job) {
            return (*change)->result;
        }
    }
}

}  // namespace

std::expected<std::string, Event> wait_for_job(Run& run, UnitManager& manager, JobWait& wait) {
    Watched watched(run, manager, wait);
    TimePoint tick = Clock::now() + kTick;
    while (true) {
        const auto change = manager.next_change(run, tick);
        if (!change) {
            return std::unexpected(watched.gave_up(change.error()));
        }
        if (*change && (*change)->job == wait.path) {
            return (*change)->result;
        }
        if (*change && !(*change)->job.empty()) {
            continue;  // another unit's
        }
        const auto other = watched.look();
        if (!other) {
            return std::unexpected(watched.gave_up(other.error()));
        }
        if (*other) {
            run.progress(manager.unit() + " is " + wait.unit.state() + " (job " +
                         std::to_string(job_id(wait.path)) + ")");
        } else if (!*change) {
            run.progress(watched.text());
        }
        if (!*change) {
            tick += kTick;
            if (wait.unit.job != job_id(wait.path)) {
                return told_result(run, manager, wait.path);
            }
        }
    }
}

}  // namespace lbdrain::hook
