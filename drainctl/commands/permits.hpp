// The right to take servers out, asked of the Coordinator: at most so many of a service at a time,
// whoever takes them, held until they are back. One thread.
#pragma once

#include <map>
#include <optional>
#include <set>
#include <string>
#include <vector>

#include "fleet/fleet.hpp"
#include "lbdrain/coordination/coordinator.hpp"

namespace lbdrain::ctl {

class Permits {
  public:
    Permits(Coordinator& coordinator, Holder holder, unsigned max_unavailable)
        : coordinator_(coordinator),
          holder_(std::move(holder)),
          max_unavailable_(max_unavailable) {}

    // Before each look at the targets: what is held now is given up later, if the look shows the
    // server back. Error: the coordinator cannot be reached.
    std::optional<std::string> before_look(const std::string& service);

    struct Answer {
        bool granted = false;
        std::string text;     // who has the others, or why nobody can tell
        bool broken = false;  // nobody can tell
    };
    // `fleet`: looked at after before_look().
    Answer take(const Fleet& fleet, const ServerSpec& server);
    // Back in rotation. Error: it stays taken, until somebody sees the server back.
    std::optional<std::string> give_back(const ServerSpec& server);
    // As it was before take(): who was out with a permit then is still out.
    std::optional<std::string> undo(const ServerSpec& server);

  private:
    Coordinator& coordinator_;
    Holder holder_;
    unsigned max_unavailable_;
    std::map<std::string, std::vector<Permit>> known_;
    std::set<ServerSpec> out_before_;
};

// This process, for locks and permits.
Holder this_holder(const std::string& why);

}  // namespace lbdrain::ctl
