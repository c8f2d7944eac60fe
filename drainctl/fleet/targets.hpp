// Asks all targets at once. Blocks until every one has answered or its time is over, or the wait is
// interrupted. One thread.
#pragma once

#include <optional>
#include <span>
#include <string>
#include <vector>

#include "fleet/fleet.hpp"
#include "lbdrain/http/transfers.hpp"

namespace lbdrain::ctl {

// A command for one server at one target.
struct Order {
    std::size_t target = 0;
    client::ServerName there;
    api::Action action = api::Action::drain;
    api::CommandRequest request;
};

using OrderResult = std::expected<api::ServerView, client::Error>;

class Targets {
  public:
    explicit Targets(std::vector<TargetConfig> configs) : configs_(std::move(configs)) {}

    const std::vector<TargetConfig>& configs() const noexcept { return configs_; }

    // What all of them show. `also` may end the wait: then those that had not answered count as
    // unreachable, "interrupted".
    Fleet look(http::Heeded* also = nullptr);

    // Sends each order once; the results in the order of `orders`. Not interrupted: who was sent a
    // command should be heard.
    std::vector<OrderResult> send(std::span<const Order> orders);

    // Sleeps. True: interrupted.
    bool rest(Millis duration, http::Heeded* also);

  private:
    using Requests = std::vector<std::expected<http::Request, client::Error>>;
    std::vector<http::Result> exchange(Requests& requests, std::span<const std::size_t> targets,
                                       http::Heeded* also);

    std::vector<TargetConfig> configs_;
    http::Transfers transfers_;
    http::Transfers::Id next_ = 1;
};

}  // namespace lbdrain::ctl
