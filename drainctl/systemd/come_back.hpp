// ExecStartPost=: waits until a started unit's servers pass their ready checks, and puts back what
// ExecStop= or ExecStopPost= took out. What somebody else took out stays out.
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

struct ComeBackOptions {
    std::string unit;
    std::vector<ServerSpec> servers;
    UnitHookConfig limits;
    Turns* turns = nullptr;  // gets back what the servers have; outlives the task
};

// Exit status: 0 all that is ours is back; 1 some is not.
class ComeBack final : public UnitTask {
  public:
    explicit ComeBack(ComeBackOptions options);

    std::vector<Order> look(const Fleet& fleet, Millis now) override;
    void heard(std::span<const Order> orders, std::span<const OrderResult> results,
               Millis now) override;
    // The unit is stopped while it starts: systemd runs no ExecStop= then and kills at once.
    std::vector<Order> interrupted(const Fleet& fleet) override;
    std::span<const std::string> left_out() const override { return reach_.left_out(); }
    // Some balancer sends it requests, as far as the last look shows.
    bool serves() const noexcept { return in_ > 0; }

  private:
    struct Known {
        bool ordered = false;  // we said `ready`, and it was taken
        bool told = false;
        bool settled = false;  // there is nothing more to wait for
    };

    void place_seen(const UnitPlace& place, Known& known, std::vector<Order>& orders);
    void end(Millis now);
    void give_up(const std::string& why);

    ComeBackOptions options_;
    Reach reach_;
    std::map<std::string, Known> known_;                     // by UnitPlace::key
    std::vector<std::pair<std::string, std::string>> sent_;  // key and label of each order
    std::vector<std::string> pending_;                       // labels
    std::string waiting_for_;                                // as the first of them says
    unsigned in_ = 0;
    bool failed_ = false;
    // A sequence of somebody else's waits for the unit's start, and so for this hook.
    bool in_other_hands_ = false;
    std::optional<Millis> until_;
    std::optional<Millis> first_in_;
    bool missing_told_ = false;
};

}  // namespace lbdrain::ctl
