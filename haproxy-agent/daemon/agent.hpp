// drain-agent as a whole: configuration, journal, agent-check responder, API and one Setup, on one
// event loop. SIGHUP reloads the configuration without losing a sequence; SIGTERM waits for nothing
// and loses nothing, since all that matters stands in the journal.
#pragma once

#include <boost/asio/io_context.hpp>
#include <boost/asio/signal_set.hpp>
#include <boost/asio/steady_timer.hpp>
#include <memory>
#include <optional>
#include <string>

#include "api/api_server.hpp"
#include "api/backend.hpp"
#include "daemon/log.hpp"
#include "daemon/setup.hpp"
#include "journal/journal.hpp"

namespace lbdrain::agent {

class Agent final : public ApiBackend {
  public:
    explicit Agent(std::string config_file);
    ~Agent() override;

    // Runs until a signal ends it. Returns the exit code: 0, or 1 when it could not start (told in
    // the log).
    int run();

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
    bool start();
    std::optional<AgentConfig> load_config() const;
    std::unique_ptr<Setup> make_setup(AgentConfig config, std::vector<ServerRecord> records);
    std::expected<void, std::string> listen_for_checks();
    void reload();
    void wait_for_signal();
    void tick();
    void stop();
    void tell_systemd();

    std::string config_file_;
    Log log_;
    boost::asio::io_context io_{1};
    boost::asio::signal_set signals_{io_};
    boost::asio::steady_timer timer_{io_};
    std::optional<Journal> journal_;
    std::unique_ptr<Setup> setup_;
    std::unique_ptr<agent_check::Responder> responder_;
    std::unique_ptr<ApiServer> api_;
    Millis started_ = 0;
    bool ready_told_ = false;
    std::string told_status_;
};

}  // namespace lbdrain::agent
