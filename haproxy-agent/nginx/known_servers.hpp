// Finds our servers in a module's status. Holds views of the status that it was made from.
#pragma once

#include <expected>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

#include "balancer/balancer.hpp"
#include "lbdrain/api/views.hpp"

namespace lbdrain::agent {

class KnownServers {
  public:
    explicit KnownServers(const api::StatusView& status);

    // By its address, else by the address taken for a name, else by its name. The error says why
    // there is none: no such upstream, one that is left alone, no such server in it.
    std::expected<const api::ServerView*, std::string> find(const BalancerServer& server) const;

    // Warnings: upstreams that send to a replica of `ours`, and that `ours` does not hold. A drain
    // does not wait for their requests. Null: not found.
    std::vector<std::string> others_at(const std::vector<const api::ServerView*>& ours) const;

  private:
    struct Service {
        const api::ServiceView* view = nullptr;
        std::unordered_map<std::string_view, const api::ServerView*> by_address;
        std::unordered_map<std::string_view, const api::ServerView*> by_name;
    };

    std::unordered_map<std::string_view, Service> services_;
    std::unordered_multimap<std::string_view, const api::ServerView*> by_address_;
};

}  // namespace lbdrain::agent
