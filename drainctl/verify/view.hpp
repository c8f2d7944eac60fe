// A running session for a person: live lines on a terminal, seldom plain ones elsewhere. One
// thread.
#pragma once

#include <string>

#include "output/terminal.hpp"
#include "verify/session.hpp"

namespace lbdrain::ctl {

class TextView : public SessionView {
  public:
    // `action`: what the stage of the action is called.
    TextView(int fd, std::string action)
        : lines_(fd, terminal_of(fd)), action_(std::move(action)) {}

    void moved(const Now& now, const Statistics& statistics) override;
    void said(const std::string& line) override;
    void stage_began(Stage stage, Micros now) override;

    // For what stays: nothing live is left behind it.
    LiveLines& lines() noexcept { return lines_; }

  private:
    LiveLines lines_;
    std::string action_;
    Micros last_plain_ = 0;
    Micros last_rate_at_ = 0;
    std::uint64_t last_ended_ = 0;
    std::uint64_t last_tokens_ = 0;
    std::string rate_;
};

}  // namespace lbdrain::ctl
