// Servers that were named on the command line, in that order, so many at a time. After the first
// failure nothing more begins. One thread.
#pragma once

#include <cstddef>
#include <functional>
#include <vector>

#include "operation/runner.hpp"

namespace lbdrain::ctl {

class Batch : public Turns {
  public:
    // Asked before each begins; false ends it all. Told when each has ended.
    using MayBegin = std::function<bool(const Fleet&, const ServerSpec&)>;
    using OnEnd = std::function<void(const ServerSpec&, Verdict)>;

    Batch(std::vector<ServerSpec> servers, std::size_t at_once, MayBegin may_begin, OnEnd on_end)
        : servers_(std::move(servers)),
          at_once_(at_once),
          may_begin_(std::move(may_begin)),
          on_end_(std::move(on_end)) {}

    std::vector<ServerSpec> next(const Fleet& fleet, Millis now) override;
    void ended(const ServerSpec& server, Verdict verdict, const std::string& text,
               Millis now) override;
    bool over() const override { return failed_ || next_ == servers_.size(); }
    std::string waiting_for(Millis) const override { return ""; }

    // What was not begun because of a failure or a refusal before.
    std::vector<ServerSpec> left() const;

  private:
    std::vector<ServerSpec> servers_;
    std::size_t at_once_;
    MayBegin may_begin_;
    OnEnd on_end_;
    std::size_t next_ = 0;
    std::size_t running_ = 0;
    bool failed_ = false;
};

}  // namespace lbdrain::ctl
