// ExecStop=: takes a unit's servers out of every balancer and waits until nothing is in flight.
//
// systemd cannot be refused: whatever a guard or a balancer says, there is an end to it. Servers
// are never put back from here, for the process behind them is going to die.
#pragma once

#include <map>
#include <optional>
#include <string>
#include <vector>

#include "config/config.hpp"
#include "systemd/reach.hpp"
#include "systemd/turns.hpp"
#include "systemd/unit_place.hpp"
#include "systemd/unit_task.hpp"

namespace lbdrain::ctl {

struct LeaveOptions {
    std::string unit;
    std::vector<ServerSpec> servers;
    UnitHookConfig limits;
    bool may_wait = false;   // for its turn, when a guard forbids taking a server out
    Turns* turns = nullptr;  // asked if it may wait; outlives the task
    std::string why;         // recorded: "the unit is restarted"
};

// Exit status: 0 all is out; 1 the limit passed with requests in flight.
class Leave final : public UnitTask {
  public:
    explicit Leave(LeaveOptions options);

    void before_look() override;
    std::vector<Order> look(const Fleet& fleet, Millis now) override;
    void heard(std::span<const Order> orders, std::span<const OrderResult> results,
               Millis now) override;
    std::span<const std::string> left_out() const override { return reach_.left_out(); }

    // The permits that it took.
    void give_back(Turns& turns) const;

  private:
    // What is known of a place besides what it shows.
    struct Known {
        Millis again = 0;        // not before: the next order
        Millis unreadable = -1;  // since when its agent cannot reach the balancer
        std::string forced;      // why an order has to be forced; empty: it has not
        bool given_up = false;   // it takes no orders
        LeavingStep told = LeavingStep::passed;
    };

    api::CommandRequest request(const Known& known) const;
    void tell(const UnitPlace& place, Known& known, LeavingStep step);
    // Has it a permit, or does it need none?
    bool permitted(const UnitPlace& place, Known& known, const Fleet& fleet, Millis now);
    void wait_for_turn(Known& known, const std::string& label, std::string why, Millis now);
    void refused(Known& known, const std::string& label, const api::Problem& problem, Millis now);
    void end(std::span<const UnitPlace> pending, Millis now);
    void describe(std::span<const UnitPlace> pending, Millis now);
    bool waits_for_turn() const { return turn_until_ && forced_.empty(); }

    LeaveOptions options_;
    Reach reach_;
    std::map<std::string, Known> known_;                     // by UnitPlace::key
    std::vector<std::pair<std::string, std::string>> sent_;  // key and label of each order
    std::map<ServerSpec, FleetServer> permits_;
    std::optional<Millis> drain_until_;
    std::optional<Millis> turn_until_;
    std::string guard_;   // what it said last
    std::string forced_;  // why its turn is not waited for any more
    bool looked_ = false;
    bool missing_told_ = false;
};

}  // namespace lbdrain::ctl
