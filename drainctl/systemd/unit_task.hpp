// What one of a unit's hooks does, without I/O: it is shown what all targets say, answers with the
// commands to send, and tells when it is over. Times are milliseconds of one steady clock, given by
// the caller, so that it is tested on simulated time. One thread.
#pragma once

#include <optional>
#include <span>
#include <string>
#include <vector>

#include "fleet/targets.hpp"

namespace lbdrain::ctl {

// What the sequences that a unit's hooks begin are called by: "systemd vllm@gpu-a.service". By it
// they know their own from a person's.
inline constexpr std::string_view kByPrefix = "systemd ";
std::string by_unit(std::string_view unit);

// For the journal.
struct Line {
    bool warning = false;
    std::string text;
};

class UnitTask {
  public:
    UnitTask() = default;
    virtual ~UnitTask() = default;
    UnitTask(const UnitTask&) = delete;
    UnitTask& operator=(const UnitTask&) = delete;

    // Comes before each look.
    virtual void before_look() {}
    // A look at all targets; what is to be sent now.
    virtual std::vector<Order> look(const Fleet& fleet, Millis now) = 0;
    // What came of the orders of the last look().
    virtual void heard(std::span<const Order> orders, std::span<const OrderResult> results,
                       Millis now) = 0;
    // Of a SIGTERM: what is to be sent before going away.
    virtual std::vector<Order> interrupted(const Fleet& fleet);

    // The exit status, once there is nothing more to do.
    std::optional<int> over() const { return over_; }
    // What is waited for, in one line; for STATUS=.
    const std::string& status() const { return status_; }
    // What came up since the last call.
    std::vector<Line> take_lines() { return std::exchange(lines_, {}); }
    // Targets that need not be asked any more, by name.
    virtual std::span<const std::string> left_out() const = 0;

  protected:
    void say(std::string text) { lines_.push_back({false, std::move(text)}); }
    void warn(std::string text) { lines_.push_back({true, std::move(text)}); }

    std::optional<int> over_;
    std::string status_;
    std::vector<Line> lines_;
};

}  // namespace lbdrain::ctl
