#include "agent_check/load_weight.hpp"

#include <gtest/gtest.h>

namespace lbdrain::agent_check {
namespace {

LoadFigures figures(std::string_view text) {
    return read_load(text).value();
}

TEST(ReadLoad, KnowsTheServersMetrics) {
    const auto vllm = figures(
        "# TYPE vllm:num_requests_running gauge\n"
        "vllm:num_requests_running{engine=\"0\",model_name=\"m\"} 3.0\n"
        "vllm:num_requests_waiting{engine=\"0\",model_name=\"m\"} 2.0\n"
        "vllm:kv_cache_usage_perc{engine=\"0\",model_name=\"m\"} 0.25\n");
    EXPECT_EQ(vllm.running, 3);
    EXPECT_EQ(vllm.waiting, 2);
    EXPECT_EQ(vllm.cache_used, 0.25);
    EXPECT_EQ(figures("vllm:gpu_cache_usage_perc 0.5\n").cache_used, 0.5);

    const auto sglang =
        figures("sglang:num_running_reqs 4\nsglang:num_queue_reqs 5\nsglang:token_usage 0.5\n");
    EXPECT_EQ(sglang.running, 4);
    EXPECT_EQ(sglang.waiting, 5);
    EXPECT_EQ(sglang.cache_used, 0.5);

    const auto tgi = figures("tgi_batch_current_size 6\ntgi_queue_size 7\n");
    EXPECT_EQ(tgi.running, 6);
    EXPECT_EQ(tgi.waiting, 7);
    EXPECT_FALSE(tgi.cache_used);

    const auto llama = figures(
        "llamacpp:requests_processing 1\nllamacpp:requests_deferred 8\n"
        "llamacpp:kv_cache_usage_ratio 0.1\n");
    EXPECT_EQ(llama.running, 1);
    EXPECT_EQ(llama.waiting, 8);
    EXPECT_EQ(llama.cache_used, 0.1);
}

TEST(ReadLoad, AddsTheEnginesAndTakesTheFullestCache) {
    const auto both = figures(
        "vllm:num_requests_running{engine=\"0\"} 3\nvllm:num_requests_running{engine=\"1\"} 4\n"
        "vllm:kv_cache_usage_perc{engine=\"0\"} 0.9\nvllm:kv_cache_usage_perc{engine=\"1\"} 0.1\n");
    EXPECT_EQ(both.running, 7);
    EXPECT_EQ(both.cache_used, 0.9);
}

TEST(ReadLoad, RefusesWhatSaysNothing) {
    EXPECT_FALSE(read_load(""));
    EXPECT_FALSE(read_load("process_cpu_seconds_total 1\n"));
    EXPECT_FALSE(read_load("vllm:num_requests_running 1"));
    EXPECT_FALSE(read_load("vllm:num_requests_running NaN\n"));
    EXPECT_FALSE(read_load("vllm:num_requests_running -1\n"));
    EXPECT_FALSE(read_load("vllm:num_requests_running 1\nvllm:num_requests_waiting +Inf\n"));
    EXPECT_FALSE(read_load("<html>404</html>\n"));
}

TEST(Pressure, IsTheGreatestPart) {
    const LoadWeightPolicy policy{.running_full = 10, .waiting_full = 4, .cache_from = 0.5};
    EXPECT_DOUBLE_EQ(pressure({}, policy), 0);
    EXPECT_DOUBLE_EQ(pressure({.running = 5}, policy), 0.5);
    EXPECT_DOUBLE_EQ(pressure({.running = 5, .waiting = 3}, policy), 0.75);
    EXPECT_DOUBLE_EQ(pressure({.cache_used = 0.4}, policy), 0);
    EXPECT_DOUBLE_EQ(pressure({.cache_used = 0.9}, policy), 0.8);
    EXPECT_DOUBLE_EQ(pressure({.running = 1e12, .waiting = 1e300}, policy), 1);
    EXPECT_DOUBLE_EQ(pressure({.running = 50}, {.running_full = 0}), 0);
    EXPECT_DOUBLE_EQ(pressure({.cache_used = 1}, {.cache_from = 1}), 0);
}

class LoadWeightTest : public testing::Test {
  protected:
    // One scrape and one question a second.
    unsigned after(int seconds, const LoadFigures& load) {
        for (int i = 0; i < seconds; ++i) {
            now_ += 1000;
            weight_.scraped(load, now_);
            told_ = weight_.percent(now_);
        }
        return told_;
    }
    unsigned silent(int seconds) {
        for (int i = 0; i < seconds; ++i) {
            now_ += 1000;
            told_ = weight_.percent(now_);
        }
        return told_;
    }

    LoadWeight weight_{{.min_percent = 20,
                        .running_full = 0,
                        .waiting_full = 8,
                        .cache_from = 0.5,
                        .time_constant_ms = 10000,
                        .stale_after_ms = 15000,
                        .step_percent = 5}};
    std::int64_t now_ = 1000000;
    unsigned told_ = 0;
};

TEST_F(LoadWeightTest, BeginsWithAllOfIt) {
    EXPECT_EQ(weight_.percent(now_), 100U);
}

TEST_F(LoadWeightTest, FollowsTheLoadSmoothly) {
    EXPECT_EQ(after(30, {}), 100U);
    const auto soon = after(2, {.waiting = 8});
    EXPECT_GT(soon, 80U);
    EXPECT_LT(soon, 100U);
    const auto later = after(8, {.waiting = 8});  // a time constant: 63 % of the way to 20
    EXPECT_GE(later, 47U);
    EXPECT_LE(later, 58U);
    EXPECT_EQ(after(60, {.waiting = 8}), 20U);
    EXPECT_EQ(after(90, {}), 100U);
}

TEST_F(LoadWeightTest, NeverFallsBelowTheLeast) {
    EXPECT_EQ(after(1000, {.running = 1e9, .waiting = 1e9, .cache_used = 1}), 20U);
    LoadWeight zero({.min_percent = 0, .time_constant_ms = 0});
    zero.scraped({.waiting = 1e9}, 1);
    EXPECT_EQ(zero.percent(2), 1U);  // 0 % would be a drain that nobody sees
}

TEST_F(LoadWeightTest, WithoutFiguresReturnsToAllOfIt) {
    EXPECT_EQ(after(60, {.waiting = 8}), 20U);
    EXPECT_EQ(silent(14), 20U);
    EXPECT_LT(silent(5), 60U);
    EXPECT_EQ(silent(60), 100U);
}

TEST_F(LoadWeightTest, DoesNotTellSmallChanges) {
    EXPECT_NEAR(after(60, {.waiting = 4}), 60, 4);
    unsigned changes = 0;
    for (int i = 0; i < 200; ++i) {
        const auto before = told_;
        after(1, {.waiting = i % 2 == 0 ? 3.0 : 5.0});
        changes += before == told_ ? 0 : 1;
    }
    EXPECT_EQ(changes, 0U);
}

TEST_F(LoadWeightTest, DoesNotDependOnHowOftenItIsAsked) {
    LoadWeight seldom({.step_percent = 1});
    LoadWeight often({.step_percent = 1});
    for (auto* each : {&seldom, &often}) {
        each->scraped({.waiting = 8}, 0);
    }
    for (int i = 1; i < 100; ++i) {
        static_cast<void>(often.percent(i * 100));
    }
    EXPECT_NEAR(seldom.percent(10000), often.percent(10000), 1);
}

TEST_F(LoadWeightTest, AClockThatStandsOrGoesBackDoesNoHarm) {
    after(5, {.waiting = 8});
    const auto before = weight_.percent(now_);
    EXPECT_EQ(weight_.percent(now_), before);
    EXPECT_EQ(weight_.percent(now_ - 5000), before);
}

}  // namespace
}  // namespace lbdrain::agent_check
