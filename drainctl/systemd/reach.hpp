// Targets that do not answer: waited for up to a limit, then left out. No I/O; one thread.
#pragma once

#include <map>
#include <span>
#include <string>
#include <vector>

#include "fleet/fleet.hpp"
#include "systemd/unit_task.hpp"

namespace lbdrain::ctl {

class Reach {
  public:
    explicit Reach(Millis limit) : limit_(limit) {}

    void see(const Fleet& fleet, Millis now, std::vector<Line>& lines);

    // Is there one that may answer yet?
    bool waiting() const { return !silent_.empty(); }
    // "edge-2 cannot be reached (connection refused), 8.2 s left"; of the first.
    std::string text(Millis now) const;

    std::span<const std::string> left_out() const { return left_out_; }

  private:
    struct Silent {
        Millis since = 0;
        std::string why;
    };

    Millis limit_;
    std::map<std::string, Silent> silent_;  // by name
    std::vector<std::string> left_out_;
};

}  // namespace lbdrain::ctl
