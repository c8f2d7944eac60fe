// Events as JSON lines on a descriptor whose reader may be slow, hung or gone.
#pragma once

#include <chrono>
#include <string>

#include "runner/reporter.hpp"

namespace lbdrain::hook {

/// Writes to `fd`, which it does not own, without ever blocking. A reader that is gone loses the
/// events, one that hangs loses those beyond 1 MiB, and neither holds up the hook. One thread.
class EventWriter final : public Reporter {
  public:
    explicit EventWriter(int fd) : fd_(fd) {}

    void report(const Event& event) override;
    int pending_fd() const override;
    void flush() override;
    bool gone() override;

    /// Waits until everything is written, at most `limit`.
    void drain(std::chrono::milliseconds limit);

  private:
    bool write_some();

    int fd_;
    bool gone_ = false;
    std::string pending_;
};

}  // namespace lbdrain::hook
