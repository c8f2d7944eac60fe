// ExecStopPost=: tells every balancer at once that the process is gone. Nothing to do where it was
// drained, or where a sequence has it in hand.
#pragma once

#include <map>
#include <string>
#include <vector>

#include "config/config.hpp"
#include "systemd/reach.hpp"
#include "systemd/unit_place.hpp"
#include "systemd/unit_task.hpp"

namespace lbdrain::ctl {

// What systemd says of the end: $SERVICE_RESULT, $EXIT_CODE, $EXIT_STATUS.
struct UnitEnding {
    std::string result;  // "success", "exit-code", "signal", "timeout"...
    std::string code;    // "exited", "killed", "dumped"; empty: there was no main process
    std::string status;  // "1", "SEGV"
};
std::string to_string(const UnitEnding& ending);

struct MarkDeadOptions {
    std::string unit;
    std::vector<ServerSpec> servers;
    UnitHookConfig limits;
    UnitEnding ending;
};

// Exit status: 0.
class MarkDead final : public UnitTask {
  public:
    explicit MarkDead(MarkDeadOptions options);

    std::vector<Order> look(const Fleet& fleet, Millis now) override;
    void heard(std::span<const Order> orders, std::span<const OrderResult> results,
               Millis now) override;
    std::span<const std::string> left_out() const override { return reach_.left_out(); }

  private:
    MarkDeadOptions options_;
    Reach reach_;
    std::vector<std::pair<std::string, std::string>> sent_;  // key and label of each order
    std::map<std::string, unsigned> tries_;                  // by key
};

}  // namespace lbdrain::ctl
