// Servers that were named on the command line, in that order, so many at a time. After the first
// failure nothing more begins. Pure; one thread.
#pragma once

#include <cstddef>
#include <vector>

#include "operation/runner.hpp"

namespace lbdrain::ctl {

class Batch : public Turns {
  public:
    Batch(std::vector<ServerSpec> servers, std::size_t at_once)
        : servers_(std::move(servers)), at_once_(at_once) {}

    std::vector<ServerSpec> next(const Fleet& fleet, Millis now) override;
    void ended(const ServerSpec& server, Verdict verdict, const std::string& text,
               Millis now) override;
    bool over() const override { return failed_ || next_ == servers_.size(); }
    std::string waiting_for(Millis) const override { return ""; }

    // What was not begun because of a failure before.
    std::vector<ServerSpec> left() const;

  private:
    std::vector<ServerSpec> servers_;
    std::size_t at_once_;
    std::size_t next_ = 0;
    std::size_t running_ = 0;
    bool failed_ = false;
};

}  // namespace lbdrain::ctl
