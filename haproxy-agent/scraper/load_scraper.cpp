#include "scraper/load_scraper.hpp"

#include <algorithm>
#include <chrono>
#include <utility>

namespace lbdrain::agent {
namespace {

using http::Clock;
using http::TimePoint;
using std::chrono::milliseconds;

// vLLM's, with all its histograms, are some 100 KB.
constexpr std::size_t metrics_limit = std::size_t{4} * 1024 * 1024;
constexpr milliseconds longest_scrape{5000};
constexpr milliseconds shortest_interval{10};
constexpr std::chrono::hours idle{1};

Millis millis(TimePoint time) {
    return std::chrono::duration_cast<milliseconds>(time.time_since_epoch()).count();
}

std::expected<agent_check::LoadFigures, std::string> figures_of(const http::Result& result) {
    if (!result) {
        return std::unexpected(result.error().text);
    }
    if (result->status != 200) {
        return std::unexpected("status " + std::to_string(result->status));
    }
    return agent_check::read_load(result->body);
}

}  // namespace

struct LoadScraper::Target {
    Target(const ScrapeTarget& from, TimePoint first)
        : server(from.server),
          request("GET", from.url),
          interval(std::max(milliseconds(from.load.interval), shortest_interval)),
          weight(policy_of(from.load)),
          next(first) {
        request.keep = metrics_limit;
        request.must_fit = true;
        request.user_agent = "drain-agent";
    }

    std::size_t server;
    http::Request request;
    milliseconds interval;
    agent_check::LoadWeight weight;
    TimePoint next;
    bool running = false;
    unsigned told = 100;
    std::string trouble;
};

LoadScraper::LoadScraper(const std::vector<ScrapeTarget>& targets, OnWeight on_weight,
                         OnTrouble on_trouble)
    : on_weight_(std::move(on_weight)), on_trouble_(std::move(on_trouble)) {
    const TimePoint now = Clock::now();
    for (std::size_t i = 0; i < targets.size(); ++i) {
        // Not all of them at the same moment.
        const auto phase = milliseconds(targets[i].load.interval) * static_cast<long>(i) /
                           static_cast<long>(targets.size());
        targets_.emplace_back(targets[i], now + phase);
    }
    thread_ = std::jthread([this](const std::stop_token& stop) { run(stop); });
}

LoadScraper::~LoadScraper() {
    thread_.request_stop();
    transfers_.wake();
    thread_.join();
}

void LoadScraper::run(const std::stop_token& stop) {
    while (!stop.stop_requested()) {
        for (const auto& done : transfers_.wait(start_due()).done) {
            if (!stop.stop_requested()) {
                take(done);
            }
        }
    }
}

// Begins those that are due. Returns when the next one is.
TimePoint LoadScraper::start_due() {
    const TimePoint now = Clock::now();
    TimePoint next = now + idle;
    for (std::size_t i = 0; i < targets_.size(); ++i) {
        Target& target = targets_[i];
        if (!target.running && target.next <= now) {
            target.running = true;
            target.next = std::max(target.next + target.interval, now);
            transfers_.start(i, target.request, now + longest_scrape);
        } else if (!target.running) {
            next = std::min(next, target.next);
        }
    }
    return next;
}

void LoadScraper::take(const http::Transfers::Done& done) {
    Target& target = targets_[done.id];
    target.running = false;
    const Millis now = millis(Clock::now());
    const auto figures = figures_of(done.result);
    if (figures) {
        target.weight.scraped(weighed(*figures), now);
    }
    const std::string trouble = figures ? "" : figures.error();
    if (trouble != std::exchange(target.trouble, trouble) && on_trouble_) {
        on_trouble_(target.server, trouble);
    }
    const unsigned percent = target.weight.percent(now);
    if (percent != std::exchange(target.told, percent)) {
        on_weight_(target.server, percent);
    }
}

}  // namespace lbdrain::agent
