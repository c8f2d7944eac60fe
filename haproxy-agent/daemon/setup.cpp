#include "daemon/setup.hpp"

#include <boost/asio/post.hpp>

#include "daemon/balancers.hpp"
#include "daemon/clock.hpp"

namespace lbdrain::agent {
namespace {

const char* name_of(RunKind kind) noexcept {
    switch (kind) {
        case RunKind::stop:
            return "stop hook";
        case RunKind::start:
            return "start hook";
        default:
            return "ready check";
    }
}

}  // namespace

Setup::Setup(boost::asio::io_context& io, const Log& log, const Journal& journal,
             AgentConfig config, std::vector<ServerRecord> records, OnChanged on_changed)
    : io_(io),
      log_(log),
      journal_(journal),
      config_(std::move(config)),
      on_changed_(std::move(on_changed)) {
    std::vector<std::string> names;
    for (const ServiceConfig& service : config_.services) {
        for (const ServerConfig& server : service.servers) {
            names.push_back(service.name + "/" + server.name);
        }
    }
    // The names were checked by the reader of the configuration; the order is the core's.
    answers_ = agent_check::AnswerTable::make(names).value();
    drains_ = std::make_unique<Drains>(config_, std::move(records), static_cast<Outside&>(*this),
                                       static_cast<std::uint64_t>(unix_ms()));
    hooks_ = std::make_unique<HookRunner>(
        config_.hook_program, [this](std::size_t server, Run run, const hook::Event& event) {
            post([this, server, run, event] { take_news(server, run, event); });
        });
    drains_->begin(now_ms());
}

Setup::~Setup() {
    stop();
}

void Setup::start() {
    for (std::size_t i = 0; i < config_.balancers.size(); ++i) {
        unseen_.insert(i);
        balancers_.push_back(std::make_unique<BalancerThread>(
            make_balancer(config_.balancers[i], drains_->balancer_servers()[i]), drains_->wanted(i),
            [this, i](const Snapshot& snapshot) {
                post([this, i, snapshot] {
                    unseen_.erase(i);
                    drains_->seen(i, snapshot, now_ms());
                });
            }));
    }
    start_scraper();
}

void Setup::start_scraper() {
    const auto targets = scrape_targets(config_);
    if (targets.empty()) {
        return;
    }
    scraper_ = std::make_unique<LoadScraper>(
        targets,
        [this](std::size_t server, unsigned percent) {
            post([this, server, percent] { drains_->set_load(server, percent, now_ms()); });
        },
        [this](std::size_t server, const std::string& why) {
            post([this, server, why] {
                log(why.empty() ? LogLevel::info : LogLevel::warning, server,
                    why.empty() ? "its metrics tell its load again"
                                : "its metrics do not tell its load: " + why);
            });
        });
}

void Setup::stop() {
    *alive_ = false;
    scraper_.reset();
    balancers_.clear();
    hooks_.reset();
}

void Setup::post(std::function<void()> work) {
    boost::asio::post(io_, [alive = alive_, work = std::move(work)] {
        if (*alive) {
            work();
        }
    });
}

std::vector<agent_check::Listener> Setup::listeners() const {
    std::vector<agent_check::Listener> all;
    all.reserve(config_.agent_check.size());
    for (const std::string& address : config_.agent_check) {
        all.push_back({address, {}});
    }
    for (const ServiceConfig& service : config_.services) {
        for (const ServerConfig& server : service.servers) {
            for (const std::string& address : server.agent_check) {
                all.push_back({address, service.name + "/" + server.name});
            }
        }
    }
    return all;
}

std::expected<void, std::string> Setup::save(const ServerRecord& record) {
    return journal_.save(record);
}

void Setup::want(std::size_t balancer, std::size_t index, const Wanted& wanted) {
    if (balancer < balancers_.size()) {  // before start(): it gets everything then
        balancers_[balancer]->want(index, wanted);
    }
}

void Setup::answer(ServerIndex server, const agent_check::Answer& answer) {
    answers_->replace(static_cast<agent_check::AnswerTable::Index>(server), answer);
}

void Setup::run(ServerIndex server, Run run, const hook::Task& task) {
    if (!hooks_) {
        return;  // stopped: the next start asks for it again
    }
    hook::Task complete = task;
    complete.run_file = journal_.run_file(task.service, task.server);
    const auto started = hooks_->start(server, run, hook::encode(complete));
    if (!started) {
        // Not from within a call of the core.
        hook::Event failed;
        failed.kind = hook::Event::Kind::result;
        failed.text = started.error();
        post([this, server, run, failed] { take_news(server, run, failed); });
    }
}

void Setup::take_news(ServerIndex server, Run run, const hook::Event& event) {
    const std::string what = name_of(run.kind);
    switch (event.kind) {
        case hook::Event::Kind::started:
            log(LogLevel::info, server, what + " started: " + event.text);
            break;
        case hook::Event::Kind::progress:
            drains_->run_news(server, run, RunStatus::running, event.text, now_ms());
            break;
        case hook::Event::Kind::output:
            log(LogLevel::info, server, what + " says: " + event.text);
            break;
        case hook::Event::Kind::result:
            log(event.ok && !event.killed ? LogLevel::info : LogLevel::warning, server,
                what + (event.ok ? " succeeded" : " failed") + " after " +
                    std::to_string(event.elapsed_ms) + " ms: " + event.text);
            drains_->run_news(server, run, event.ok ? RunStatus::succeeded : RunStatus::failed,
                              event.text, now_ms());
            break;
    }
}

void Setup::changed(ServerIndex server) {
    const Server& changed = drains_->servers()[server];
    on_changed_(changed.service->name, changed.config->name);
}

void Setup::log(LogLevel level, ServerIndex server, const std::string& text) {
    if (server == no_server || !drains_) {
        log_.write(level, text);
        return;
    }
    const Server& about = drains_->servers()[server];
    log_.write(level, about.service->name, about.config->name, text);
}

}  // namespace lbdrain::agent
