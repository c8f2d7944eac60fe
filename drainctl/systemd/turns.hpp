// Whose turn it is to be out of rotation: the permits that restarts of units share with rollouts.
// See lbdrain/coordination.
#pragma once

#include <map>
#include <memory>
#include <string>
#include <vector>

#include "fleet/fleet.hpp"
#include "lbdrain/coordination/coordinator.hpp"
#include "systemd/messenger.hpp"

namespace lbdrain::ctl {

// One thread. A store that is out of reach is no reason to keep a unit from stopping.
class Turns {
  public:
    Turns() = default;
    virtual ~Turns() = default;
    Turns(const Turns&) = delete;
    Turns& operator=(const Turns&) = delete;

    // What is held now, before the servers are looked at.
    virtual void read(const std::string& service) = 0;
    // Empty: the server may leave, and holds a permit. Else who is out, for people.
    virtual std::string take(const FleetServer& server, const Fleet& fleet) = 0;
    // If it is a unit's: that of a rollout is the rollout's to give back.
    virtual void release(const FleetServer& server) = 0;
};

class CoordinatedTurns final : public Turns {
  public:
    CoordinatedTurns(Coordinator& coordinator, unsigned max_unavailable, Holder holder,
                     const Messenger& messenger);

    void read(const std::string& service) override;
    std::string take(const FleetServer& server, const Fleet& fleet) override;
    void release(const FleetServer& server) override;

  private:
    void warn(const CoordinationError& error);

    Coordinator& coordinator_;
    unsigned max_unavailable_;
    Holder holder_;
    const Messenger& messenger_;
    std::map<std::string, std::vector<Permit>> held_;  // by service, before the last look
    bool warned_ = false;
};

}  // namespace lbdrain::ctl
