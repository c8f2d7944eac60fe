// The scraper against replicas that serve what the engines serve, nothing, or too much.
#include "scraper/load_scraper.hpp"

#include <gmock/gmock.h>

#include <atomic>
#include <condition_variable>
#include <map>
#include <mutex>

#include "replica.hpp"

namespace lbdrain::agent {
namespace {

using test::long_enough;
using test::Replica;
using testing::HasSubstr;

constexpr std::string_view path = "/metrics";

// The smoothing is the pure part's to test.
LoadWeight quick() {
    return {.min_percent = 25, .interval = 20, .smoothing = 0, .full_at = 64};
}

class Told {
  public:
    LoadScraper::OnWeight on_weight() {
        return [this](std::size_t server, unsigned percent) {
            const std::lock_guard lock(mutex_);
            weights_[server].push_back(percent);
            changed_.notify_all();
        };
    }
    LoadScraper::OnTrouble on_trouble() {
        return [this](std::size_t server, const std::string& why) {
            const std::lock_guard lock(mutex_);
            troubles_[server].push_back(why);
            changed_.notify_all();
        };
    }
    bool wait_for_weight(std::size_t server, unsigned percent) {
        std::unique_lock lock(mutex_);
        return changed_.wait_for(lock, long_enough, [&] {
            return !weights_[server].empty() && weights_[server].back() == percent;
        });
    }
    bool wait_for_troubles(std::size_t server, std::size_t count) {
        std::unique_lock lock(mutex_);
        return changed_.wait_for(lock, long_enough,
                                 [&] { return troubles_[server].size() >= count; });
    }
    std::vector<unsigned> weights(std::size_t server) {
        const std::lock_guard lock(mutex_);
        return weights_[server];
    }
    std::vector<std::string> troubles(std::size_t server) {
        const std::lock_guard lock(mutex_);
        return troubles_[server];
    }

  private:
    std::mutex mutex_;
    std::condition_variable changed_;
    std::map<std::size_t, std::vector<unsigned>> weights_;
    std::map<std::size_t, std::vector<std::string>> troubles_;
};

std::string url_of(const Replica& replica) {
    return "http://" + replica.address() + std::string(path);
}

void serve(Replica& replica, const std::string& text, int status = 200) {
    replica.on(std::string(path), [=](const test::HttpReader&) {
        return test::ReplicaReply{.status = status, .body = text};
    });
}

TEST(LoadScraper, TellsTheWeightOfEveryEngine) {
    const std::vector<std::string> loads{
        "vllm:num_requests_running{engine=\"0\"} 16\nvllm:num_requests_waiting{engine=\"0\"} 16\n",
        "sglang:num_running_reqs 30\nsglang:num_queue_reqs 2\nsglang:token_usage 0.99\n",
        "tgi_batch_current_size 0\ntgi_queue_size 32\n",
        "llamacpp:requests_processing 8\nllamacpp:requests_deferred 24\n"};
    std::vector<std::unique_ptr<Replica>> replicas;
    std::vector<ScrapeTarget> targets;
    for (std::size_t i = 0; i < loads.size(); ++i) {
        replicas.push_back(std::make_unique<Replica>("r"));
        serve(*replicas.back(), loads[i]);
        targets.push_back({10 + i, url_of(*replicas.back()), quick()});
    }
    Told told;
    const LoadScraper scraper(targets, told.on_weight(), told.on_trouble());
    for (std::size_t i = 0; i < loads.size(); ++i) {
        EXPECT_TRUE(told.wait_for_weight(10 + i, 63)) << i;  // half of the way from 100 to 25
        EXPECT_TRUE(told.troubles(10 + i).empty()) << i;
    }
}

TEST(LoadScraper, TellsOnlyChanges) {
    Replica replica("r");
    std::atomic<int> running = 0;
    std::atomic<int> scrapes = 0;
    replica.on(std::string(path), [&](const test::HttpReader&) {
        ++scrapes;
        return test::ReplicaReply{.body = "vllm:num_requests_running " +
                                          std::to_string(running.load()) + "\n"};
    });
    Told told;
    const LoadScraper scraper({{0, url_of(replica), quick()}}, told.on_weight());
    ASSERT_TRUE(test::eventually(long_enough, [&] { return scrapes > 3; }));
    running = 1000;
    ASSERT_TRUE(told.wait_for_weight(0, 25));
    const int before = scrapes;
    ASSERT_TRUE(test::eventually(long_enough, [&] { return scrapes > before + 3; }));
    EXPECT_EQ(told.weights(0), std::vector<unsigned>{25});
    running = 0;
    EXPECT_TRUE(told.wait_for_weight(0, 100));
}

TEST(LoadScraper, DriftsBackWhenNothingCanBeScraped) {
    Replica replica("r");
    serve(replica, "vllm:num_requests_running 64\n");
    Told told;
    const LoadScraper scraper({{0, url_of(replica), quick()}}, told.on_weight(), told.on_trouble());
    ASSERT_TRUE(told.wait_for_weight(0, 25));
    replica.kill();
    EXPECT_TRUE(told.wait_for_weight(0, 100));
    ASSERT_FALSE(told.troubles(0).empty());
    replica.start();
    EXPECT_TRUE(told.wait_for_weight(0, 25));
    EXPECT_EQ(told.troubles(0).back(), "");
}

TEST(LoadScraper, SaysOnceWhatIsWrong) {
    Replica replica("r");
    serve(replica, "starting", 503);
    Told told;
    const LoadScraper scraper({{0, url_of(replica), quick()}}, told.on_weight(), told.on_trouble());
    ASSERT_TRUE(told.wait_for_troubles(0, 1));
    const auto probes = [&] { return replica.counts().probes; };
    const auto before = probes();
    ASSERT_TRUE(test::eventually(long_enough, [&] { return probes() > before + 3; }));
    EXPECT_EQ(told.troubles(0), std::vector<std::string>{"status 503"});
    serve(replica, "<html>no metrics</html>\n");
    ASSERT_TRUE(told.wait_for_troubles(0, 2));
    serve(replica, std::string(std::size_t{5} * 1024 * 1024, '#') + "\n");
    ASSERT_TRUE(told.wait_for_troubles(0, 3));
    EXPECT_THAT(told.troubles(0)[2], HasSubstr("longer than"));
    serve(replica, "tgi_queue_size 0\n");
    ASSERT_TRUE(told.wait_for_troubles(0, 4));
    EXPECT_EQ(told.troubles(0)[3], "");
    EXPECT_TRUE(told.weights(0).empty());
}

TEST(LoadScraper, OneThatHangsHoldsNobodyUp) {
    Replica hung("hung");
    Replica well("well");
    hung.hold();
    serve(well, "vllm:num_requests_running 64\n");
    Told told;
    std::int64_t end = 0;
    {
        const LoadScraper scraper({{0, url_of(hung), quick()}, {1, url_of(well), quick()}},
                                  told.on_weight(), told.on_trouble());
        EXPECT_TRUE(told.wait_for_weight(1, 25));
        EXPECT_TRUE(hung.wait_for_held(1));
        end = test::steady_ms();
    }
    EXPECT_LT(test::steady_ms() - end, 4000) << "it waited for the scrape that hangs";
    EXPECT_TRUE(told.weights(0).empty());
}

TEST(LoadScraper, NothingToDoIsFine) {
    const LoadScraper scraper({}, {});
}

TEST(ScrapeTargets, AreThoseWithMetricsAndALoadAwareWeight) {
    AgentConfig config;
    config.services.resize(3);
    config.services[0].servers.resize(2);
    config.services[0].servers[1].metrics = "http://unused";
    config.services[1].servers.resize(2);
    config.services[1].servers[1].metrics = "http://b";
    config.services[1].load_weight = quick();
    const auto targets = scrape_targets(config);
    ASSERT_EQ(targets.size(), 1U);
    EXPECT_EQ(targets[0].server, 3U);
    EXPECT_EQ(targets[0].url, "http://b");
    EXPECT_EQ(targets[0].load.min_percent, 25U);
}

}  // namespace
}  // namespace lbdrain::agent
