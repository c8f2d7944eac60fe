// Each server as each process of a HAProxy has it. Pure; points into the FleetView it was made
// from.
#pragma once

#include <sys/types.h>

#include <cstdint>
#include <functional>
#include <string_view>
#include <unordered_map>
#include <utility>
#include <vector>

#include "balancer/fleet.hpp"

namespace lbdrain::agent {

struct ServerPlace {
    pid_t pid = 0;
    bool stopping = false;
    std::uint64_t uptime_s = 0;
    const haproxy::ServerState* state = nullptr;
    std::uint64_t scur = 0;
    std::uint64_t qcur = 0;

    bool drained() const { return (state->srv_admin_state & haproxy::admin::fdrain) != 0; }
    bool in_maint() const { return (state->srv_admin_state & haproxy::admin::fmaint) != 0; }
    bool forced_out() const { return drained() || in_maint(); }
    // Nothing new comes to it by this process, except what a cookie binds, when `sticky` is let go.
    bool out(bool sticky) const { return in_maint() || (sticky && drained()); }
};

class ServerPlaces {
  public:
    // `view` must outlive it, unchanged.
    explicit ServerPlaces(const FleetView& view);

    const FleetView& view() const { return view_; }
    // The processes that know the server; one that does not cannot route to it.
    const std::vector<ServerPlace>& of(std::string_view backend, std::string_view server) const;

  private:
    using Name = std::pair<std::string_view, std::string_view>;
    struct Hash {
        std::size_t operator()(const Name& name) const noexcept {
            const std::hash<std::string_view> hash;
            return hash(name.first) * 31 + hash(name.second);
        }
    };

    const FleetView& view_;
    // Looked up for every server at every look: with thousands of servers a search among all of
    // them each time would be what a look costs.
    std::unordered_map<Name, std::vector<ServerPlace>, Hash> places_;
};

}  // namespace lbdrain::agent
