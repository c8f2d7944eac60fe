// Keeps the rows of HAProxy's server-state file in step with what is wanted, and finds out whether
// HAProxy loads that file at all: nothing in its Runtime API tells, only a reload does.
//
// A server's row is ours from the moment it is wanted out until a minute after it went back; before
// and after, whatever stands there is somebody else's and stays. One thread.
#pragma once

#include <sys/types.h>

#include <optional>
#include <set>
#include <span>
#include <string>
#include <vector>

#include "balancer/balancer.hpp"
#include "balancer/server_places.hpp"
#include "state_row/state_file.hpp"

namespace lbdrain::agent {

class RowKeeper {
  public:
    // An empty path: there is no such file, and nothing is done.
    RowKeeper(std::string path, std::vector<BalancerServer> servers);

    // To be called before anything is set by what is wanted. `shown`: null when HAProxy cannot be
    // read; then rows only go. `now`: milliseconds of CLOCK_BOOTTIME.
    void sync(std::span<const Wanted> wanted, const ServerPlaces* shown, Millis now);

    // Judges workers that were not there at the last call, before anybody told them anything.
    void judge_new_workers(const ServerPlaces& shown, Millis now);

    // When the server's row was taken out to put the server back.
    std::optional<Millis> deleted(std::size_t index) const { return rows_[index].deleted; }
    std::vector<std::string> warnings() const;
    // For Snapshot::counting; may be empty.
    std::string loaded_text() const;

  private:
    struct Row {
        bool present = false;
        Millis since = 0;  // when we saw or wrote it first
        std::optional<Millis> deleted;
    };
    enum class Loaded { unknown, yes, no };

    haproxy::ServerName name_of(std::size_t index) const;
    bool is_ours(std::size_t index, Rotation wanted, Millis now) const;
    std::optional<haproxy::StateRow> row_for(std::size_t index, Rotation wanted,
                                             const ServerPlaces* shown,
                                             const haproxy::StateFileView& file);
    void check_port(std::size_t index, const haproxy::StateRow& row);

    haproxy::StateFile file_;
    std::vector<BalancerServer> servers_;
    std::vector<Row> rows_;
    std::optional<std::set<pid_t>> live_;  // of the last look; none: there was none yet
    Loaded loaded_ = Loaded::unknown;
    std::string not_loaded_;
    std::vector<std::string> problems_;  // of the last sync
};

}  // namespace lbdrain::agent
