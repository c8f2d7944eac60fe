// A thread that scrapes the replicas' metrics, all at once, and tells the weights that follow.
//
// A scrape that fails or hangs tells nothing: the weight drifts back to 100 once its figures are
// stale. Nothing else depends on any of this.
#pragma once

#include <functional>
#include <string>
#include <thread>
#include <vector>

#include "lbdrain/http/transfers.hpp"
#include "scraper/load_policy.hpp"

namespace lbdrain::agent {

class LoadScraper {
  public:
    // Called in the scraper's thread; must not block for long, nor destroy the LoadScraper.
    // Only when the percent changes; it is 100 in the beginning.
    using OnWeight = std::function<void(std::size_t server, unsigned percent)>;
    // Why the last scrape told nothing, when that changes; empty: it told something again.
    using OnTrouble = std::function<void(std::size_t server, const std::string& why)>;

    LoadScraper(const std::vector<ScrapeTarget>& targets, OnWeight on_weight,
                OnTrouble on_trouble = {});
    // Ends what runs and waits for nothing else. No callback comes after it.
    ~LoadScraper();
    LoadScraper(const LoadScraper&) = delete;
    LoadScraper& operator=(const LoadScraper&) = delete;

  private:
    struct Target;

    void run(const std::stop_token& stop);
    http::TimePoint start_due();
    void take(const http::Transfers::Done& done);

    OnWeight on_weight_;
    OnTrouble on_trouble_;
    std::vector<Target> targets_;  // the thread's own, as are the transfers but for wake()
    http::Transfers transfers_;
    std::jthread thread_;  // last: it uses all the others
};

}  // namespace lbdrain::agent
