#include "daemon/balancers.hpp"

#include <utility>
#include <variant>

#include "balancer/haproxy_balancer.hpp"
#include "daemon/clock.hpp"
#include "nginx/nginx_balancer.hpp"

namespace lbdrain::agent {
namespace {

// Stands for a balancer that its configuration does not allow to be made: it can never be read.
class NoBalancer final : public Balancer {
  public:
    explicit NoBalancer(std::string why) : why_(std::move(why)) {}

    Snapshot poll(std::span<const Wanted> /*wanted*/) override {
        Snapshot snapshot;
        snapshot.begun = now_ms();
        snapshot.error = why_;
        return snapshot;
    }

  private:
    std::string why_;
};

}  // namespace

std::unique_ptr<Balancer> make_balancer(const BalancerConfig& config,
                                        std::vector<BalancerServer> servers) {
    std::expected<std::unique_ptr<Balancer>, std::string> made =
        std::unexpected(std::string("unknown kind"));
    if (const auto* haproxy = std::get_if<HaproxyConfig>(&config.what)) {
        made = HaproxyBalancer::make(*haproxy, config.timeout, std::move(servers));
    } else if (const auto* nginx = std::get_if<NginxConfig>(&config.what)) {
        made = std::make_unique<NginxBalancer>(*nginx, std::move(servers), config.timeout);
    }
    return made ? std::move(*made) : std::make_unique<NoBalancer>(made.error());
}

}  // namespace lbdrain::agent
