// One configuration at work: the core and the threads around it. A reload of the configuration ends
// it and makes the next from its records.
//
// Belongs to the thread that runs the event loop; what other threads see is posted there, and
// nothing arrives after the destructor.
#pragma once

#include <boost/asio/io_context.hpp>
#include <functional>
#include <memory>
#include <set>
#include <vector>

#include "agent_check/answer_table.hpp"
#include "agent_check/responder.hpp"
#include "balancer/balancer_thread.hpp"
#include "core/drains.hpp"
#include "daemon/log.hpp"
#include "hooks/hook_runner.hpp"
#include "journal/journal.hpp"
#include "scraper/load_scraper.hpp"

namespace lbdrain::agent {

class Setup final : private Outside {
  public:
    using OnChanged = std::function<void(const std::string& service, const std::string& server)>;

    // `io`, `log` and `journal` outlive it. The answers are right when this returns.
    Setup(boost::asio::io_context& io, const Log& log, const Journal& journal, AgentConfig config,
          std::vector<ServerRecord> records, OnChanged on_changed);
    ~Setup() override;
    Setup(const Setup&) = delete;
    Setup& operator=(const Setup&) = delete;

    // Begins to poll the balancers and to run what hooks are due.
    void start();
    // Ends all threads (waits for polls that are under way) and leaves everything as it is.
    void stop();

    const AgentConfig& config() const noexcept { return config_; }
    Drains& drains() noexcept { return *drains_; }
    const Drains& drains() const noexcept { return *drains_; }
    const std::shared_ptr<agent_check::AnswerTable>& answers() const noexcept { return answers_; }
    std::vector<agent_check::Listener> listeners() const;
    // Every balancer was looked at, with success or without.
    bool looked() const noexcept { return unseen_.empty(); }

  private:
    std::expected<void, std::string> save(const ServerRecord& record) override;
    void want(std::size_t balancer, std::size_t index, const Wanted& wanted) override;
    void answer(ServerIndex server, const agent_check::Answer& answer) override;
    void run(ServerIndex server, Run run, const hook::Task& task) override;
    void changed(ServerIndex server) override;
    void log(LogLevel level, ServerIndex server, const std::string& text) override;

    void start_scraper();
    void take_news(ServerIndex server, Run run, const hook::Event& event);
    // Runs `work` on the event loop's thread, unless this object has stopped by then.
    void post(std::function<void()> work);

    boost::asio::io_context& io_;
    const Log& log_;
    const Journal& journal_;
    AgentConfig config_;
    OnChanged on_changed_;
    std::shared_ptr<bool> alive_ = std::make_shared<bool>(true);  // read on the loop's thread only
    std::shared_ptr<agent_check::AnswerTable> answers_;
    std::set<std::size_t> unseen_;
    std::unique_ptr<HookRunner> hooks_;
    std::unique_ptr<Drains> drains_;
    std::vector<std::unique_ptr<BalancerThread>> balancers_;
    std::unique_ptr<LoadScraper> scraper_;  // where a service wants it
};

}  // namespace lbdrain::agent
