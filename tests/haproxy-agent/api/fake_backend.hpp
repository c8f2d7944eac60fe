// Two servers of the service "up" behind the drain API: the real sequence on the real clock, and a
// balancer that does at once what it is told. In-flight requests are what the test says. Belongs to
// the loop's thread; AgentApi (api_fixture.hpp) gets there.
#pragma once

#include <boost/asio/io_context.hpp>
#include <boost/asio/steady_timer.hpp>
#include <functional>
#include <map>
#include <optional>
#include <string>

#include "api/backend.hpp"

namespace lbdrain::agent::test {

class FakeBackend final : public ApiBackend {
  public:
    explicit FakeBackend(boost::asio::io_context& io);

    void set_listener(ChangeListener* listener) { listener_ = listener; }
    void occupy(const std::string& server, std::uint64_t requests);
    void remove(const std::string& server);  // as a reload of the configuration does
    void add(const std::string& server);
    void tell(const std::string& server);  // that it changed, though it did not
    // Called instead of answering, by every function below; may throw.
    void set_trap(std::function<void()> trap) { trap_ = std::move(trap); }
    int commands() const { return commands_; }
    const api::CommandRequest& last_request() const { return last_request_; }

    api::StatusView status() const override;
    std::string metrics() const override;
    std::expected<api::ServerView, api::Problem> server(std::string_view service,
                                                        std::string_view server) const override;
    std::expected<Taken, api::Problem> command(std::string_view service, std::string_view server,
                                               api::Action action,
                                               const api::CommandRequest& request) override;
    std::optional<Sequence> sequence(std::string_view service,
                                     std::string_view server) const override;

  private:
    struct Server {
        Sequence sequence;
        std::uint64_t in_flight = 0;
    };

    api::ServerView view_of(const std::string& name, const Server& server) const;
    void settle(const std::string& name);
    void tick();
    void trap() const {
        if (trap_) {
            trap_();
        }
    }

    boost::asio::steady_timer timer_;
    ChangeListener* listener_ = nullptr;
    std::map<std::string, Server, std::less<>> servers_;
    std::uint64_t next_id_ = 1;
    int commands_ = 0;
    api::CommandRequest last_request_;
    std::function<void()> trap_;
};

}  // namespace lbdrain::agent::test
