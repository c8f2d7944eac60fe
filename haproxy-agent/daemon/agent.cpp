#include "daemon/agent.hpp"

#include <systemd/sd-daemon.h>

#include <csignal>
#include <cstdio>
#include <map>

#include "config/read_config.hpp"
#include "daemon/clock.hpp"
#include "daemon/metrics.hpp"

namespace lbdrain::agent {
namespace {

// systemd is told "ready" once every balancer was looked at, or after this long: a balancer that
// hangs must not keep the agent from answering for the others.
constexpr Millis start_patience = 5000;

LogLevel level_of(ApiLogLevel level) noexcept {
    switch (level) {
        case ApiLogLevel::info:
            return LogLevel::info;
        case ApiLogLevel::warning:
            return LogLevel::warning;
        case ApiLogLevel::error:
            break;
    }
    return LogLevel::error;
}

// "4 servers: 3 ready, 1 draining"
std::string summary(const Drains& drains) {
    std::map<std::string_view, unsigned> states;
    for (const Server& server : drains.servers()) {
        ++states[to_string(server.sequence().state)];
    }
    std::string text = std::to_string(drains.servers().size()) + " servers";
    const char* before = ": ";
    for (const auto& [state, count] : states) {
        text += before + std::to_string(count) + " " + std::string(state);
        before = ", ";
    }
    return text;
}

}  // namespace

Agent::Agent(std::string config_file) : config_file_(std::move(config_file)) {}

Agent::~Agent() = default;

int Agent::run() {
    // A client or HAProxy that is gone is an error of that write, no more.
    std::signal(SIGPIPE, SIG_IGN);
    signals_.add(SIGTERM);
    signals_.add(SIGINT);
    signals_.add(SIGHUP);
    if (!start()) {
        return 1;
    }
    wait_for_signal();
    tick();
    io_.run();
    // In this order: nobody asks any more, then nothing is polled any more.
    api_.reset();
    responder_.reset();
    setup_.reset();
    log_.write(LogLevel::info, "stopped; what was running goes on with the next start");
    return 0;
}

std::optional<AgentConfig> Agent::load_config() const {
    auto config = read_config(config_file_);
    if (!config) {
        for (const ConfigError& error : config.error()) {
            log_.write(LogLevel::error, to_string(error));
        }
        return std::nullopt;
    }
    return std::move(*config);
}

std::unique_ptr<Setup> Agent::make_setup(AgentConfig config, std::vector<ServerRecord> records) {
    log_.set_level(config.log_level);
    return std::make_unique<Setup>(io_, log_, *journal_, std::move(config), std::move(records),
                                   [this](const std::string& service, const std::string& server) {
                                       if (api_ && setup_) {
                                           api_->changed(service, server);
                                       }
                                   });
}

bool Agent::start() {
    auto config = load_config();
    if (!config) {
        return false;
    }
    auto journal = Journal::open(config->state_dir);
    if (!journal) {
        log_.write(LogLevel::error, journal.error());
        return false;
    }
    journal_.emplace(std::move(*journal));
    auto content = journal_->load(now_ms());
    if (!content) {
        log_.write(LogLevel::error, content.error());
        return false;
    }
    for (const std::string& damaged : content->damaged) {
        log_.write(LogLevel::error,
                   damaged + "; nothing is changed about this server until a command says so");
    }
    setup_ = make_setup(std::move(*config), std::move(content->records));

    // The first check is answered with the truth: the table was filled from the journal.
    if (const auto listens = listen_for_checks(); !listens) {
        log_.write(LogLevel::error, listens.error());
        return false;
    }
    auto api = ApiServer::listen(
        io_, *this, setup_->config().api,
        [this](ApiLogLevel level, const std::string& text) { log_.write(level_of(level), text); });
    if (!api) {
        log_.write(LogLevel::error, api.error());
        return false;
    }
    api_ = std::move(*api);
    setup_->start();
    started_ = now_ms();
    log_.write(LogLevel::info, "drain-agent " LBDRAIN_VERSION " serves " +
                                   setup_->config().api.path + ", " + summary(setup_->drains()));
    return true;
}

std::expected<void, std::string> Agent::listen_for_checks() {
    if (responder_) {
        return responder_->reconfigure(setup_->listeners(), setup_->answers());
    }
    agent_check::ResponderOptions options;
    options.listeners = setup_->listeners();
    if (options.listeners.empty()) {
        return {};
    }
    options.table = setup_->answers();
    options.notify = [this](const std::string& sentence) {
        log_.write(LogLevel::warning, sentence);
    };
    auto responder = agent_check::Responder::start(std::move(options));
    if (!responder) {
        return std::unexpected(responder.error());
    }
    responder_ = std::move(*responder);
    return {};
}

void Agent::wait_for_signal() {
    signals_.async_wait([this](const boost::system::error_code& failed, int number) {
        if (failed) {
            return;
        }
        if (number == SIGHUP) {
            reload();
            wait_for_signal();
        } else {
            stop();
        }
    });
}

void Agent::reload() {
    ::sd_notifyf(0, "RELOADING=1\nMONOTONIC_USEC=%lld",
                 static_cast<long long>(read_clock(CLOCK_MONOTONIC)) * 1000);
    auto config = load_config();
    const AgentConfig& old = setup_->config();
    if (!config) {
        log_.write(LogLevel::error, "the configuration was not reloaded; the former one stands");
    } else if (config->state_dir != old.state_dir || config->api.path != old.api.path) {
        log_.write(LogLevel::error,
                   "the configuration was not reloaded: state_dir and listen.api change with a "
                   "restart only");
    } else {
        // Two that tell a balancer what is wanted would contradict each other.
        setup_->stop();
        auto records = setup_->drains().records();
        const auto before = std::move(setup_);
        setup_ = make_setup(std::move(*config), std::move(records));
        if (responder_) {
            const auto listens = responder_->reconfigure(setup_->listeners(), setup_->answers());
            if (!listens) {
                log_.write(LogLevel::error,
                           "agent-check ports stay as they were: " + listens.error());
            }
        }
        setup_->start();
        log_.write(LogLevel::info, "configuration reloaded, " + summary(setup_->drains()));
    }
    ::sd_notify(0, "READY=1");
}

void Agent::tick() {
    const Millis next = setup_->drains().tick(now_ms());
    tell_systemd();
    timer_.expires_after(
        std::chrono::milliseconds(ready_told_ ? std::min<Millis>(next, 1000) : 20));
    timer_.async_wait([this](const boost::system::error_code& failed) {
        if (!failed) {
            tick();
        }
    });
}

void Agent::tell_systemd() {
    if (!ready_told_ && (setup_->looked() || now_ms() - started_ > start_patience)) {
        ready_told_ = true;
        ::sd_notify(0, "READY=1");
    }
    std::string status = summary(setup_->drains());
    if (status != told_status_) {
        ::sd_notifyf(0, "STATUS=%s", status.c_str());
        told_status_ = std::move(status);
    }
}

void Agent::stop() {
    ::sd_notify(0, "STOPPING=1");
    timer_.cancel();
    signals_.cancel();
    setup_->stop();
    api_->stop([this] { io_.stop(); });
}

api::StatusView Agent::status() const {
    api::StatusView view = setup_->drains().status(now_ms(), unix_ms());
    view.version = LBDRAIN_VERSION;
    return view;
}

std::string Agent::metrics() const {
    return metrics_text(setup_->drains(),
                        responder_ ? responder_->stats() : agent_check::ResponderStats{});
}

std::expected<api::ServerView, api::Problem> Agent::server(std::string_view service,
                                                           std::string_view server) const {
    const auto found = setup_->drains().server(service, server);
    if (!found) {
        return std::unexpected(found.error());
    }
    return setup_->drains().view(**found, now_ms(), unix_ms());
}

std::expected<Taken, api::Problem> Agent::command(std::string_view service, std::string_view server,
                                                  api::Action action,
                                                  const api::CommandRequest& request) {
    return setup_->drains().command(service, server, action, request, now_ms());
}

std::optional<Sequence> Agent::sequence(std::string_view service, std::string_view server) const {
    const Server* found = setup_->drains().find(service, server);
    return found != nullptr ? std::optional(found->sequence()) : std::nullopt;
}

}  // namespace lbdrain::agent
