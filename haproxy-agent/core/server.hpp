// One server as the core keeps it: its configuration, its record, and what is wanted of it and was
// seen of it on each balancer. Values without I/O; owned by Drains, on its thread.
#pragma once

#include <string>
#include <vector>

#include "agent_check/answer.hpp"
#include "balancer/balancer.hpp"
#include "config/config.hpp"
#include "core/tally.hpp"
#include "journal/record.hpp"

namespace lbdrain::agent {

// The server on one balancer.
struct Place {
    std::size_t balancer = 0;
    std::size_t index = 0;  // among the balancer's servers
    Wanted wanted = {};
    Seen seen = {};
    bool reachable = false;  // when it was looked at last
    Millis looked = -1;      // when that began; -1: never
    bool fresh = false;      // looked at, with all that is wanted now, since the last round
    Millis in_since = -1;    // readmitted: since when it shows the server in rotation; -1: not yet
    bool broken = false;     // a look since the last round was no zero, whatever came after it
    std::uint64_t turned = 0;  // the revision of `wanted` that its rotation came with

    // What was seen is of all that is wanted.
    bool current() const noexcept {
        return reachable && looked >= 0 && seen.revision == wanted.revision;
    }
    // What was seen is of the rotation that is wanted, a step of the slow start aside.
    bool obeyed() const noexcept { return reachable && looked >= 0 && seen.revision >= turned; }
};

struct Server {
    const ServiceConfig* service = nullptr;
    const ServerConfig* config = nullptr;
    ServerRecord record = {};
    std::vector<Place> places = {};
    std::vector<std::size_t> siblings = {};  // other servers at the same address

    bool escalated = false;  // DRAIN has become MAINT
    Millis round_at = 0;     // of the last round of looks at a drain
    Run asked = {};          // the run that Outside was asked for last
    Run told = {};           // the run that the news below are of
    RunStatus run_status = RunStatus::none;
    std::string run_text = {};
    agent_check::Answer answer = {};
    bool save_failed = false;
    unsigned load_percent = 100;  // of its weight, by its own load
    Tally tally = {};

    Sequence& sequence() noexcept { return record.sequence; }
    const Sequence& sequence() const noexcept { return record.sequence; }
    std::string label() const { return service->name + "/" + config->name; }
};

// Its process is going to be stopped, or was: nobody may send it anything, by whatever name it goes
// elsewhere. A `down` or a failed check of a process that was never stopped is its own affair.
bool holds_process(const ServerRecord& record) noexcept;

// Its drain begins where no request at all may be routed to it: it was out before.
bool drains_from_out(const Sequence& sequence) noexcept;

// How its policy reads with the time limits of its own hooks.
Policy policy_of(const Server& server);

// Every balancer sends it traffic, as far as was seen.
bool takes_traffic(const Server& server) noexcept;

// No balancer is known not to send it traffic: to be believed of a server that is to leave.
bool may_take_traffic(const Server& server) noexcept;

// What stands in the way, by balancer; empty: nothing is known to.
std::string obstacles(const Server& server, const std::vector<BalancerConfig>& balancers);

}  // namespace lbdrain::agent
