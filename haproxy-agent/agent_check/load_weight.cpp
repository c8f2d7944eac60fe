#include "agent_check/load_weight.hpp"

#include <algorithm>
#include <array>
#include <cmath>

#include "agent_check/metrics_text.hpp"

namespace lbdrain::agent_check {
namespace {

enum class Figure { running, waiting, cache };

struct KnownMetric {
    std::string_view name;
    Figure figure;
};

// vLLM called the cache's figure gpu_cache_usage_perc until mid-2025; all of them are 0..1.
constexpr std::array known_metrics{
    KnownMetric{"vllm:num_requests_running", Figure::running},
    KnownMetric{"vllm:num_requests_waiting", Figure::waiting},
    KnownMetric{"vllm:kv_cache_usage_perc", Figure::cache},
    KnownMetric{"vllm:gpu_cache_usage_perc", Figure::cache},
    KnownMetric{"sglang:num_running_reqs", Figure::running},
    KnownMetric{"sglang:num_queue_reqs", Figure::waiting},
    KnownMetric{"sglang:token_usage", Figure::cache},
    KnownMetric{"tgi_batch_current_size", Figure::running},
    KnownMetric{"tgi_queue_size", Figure::waiting},
    KnownMetric{"llamacpp:requests_processing", Figure::running},
    KnownMetric{"llamacpp:requests_deferred", Figure::waiting},
    KnownMetric{"llamacpp:kv_cache_usage_ratio", Figure::cache},
};

void add(LoadFigures& figures, Figure figure, double value) {
    switch (figure) {
        case Figure::running:
            figures.running += value;
            break;
        case Figure::waiting:
            figures.waiting += value;
            break;
        case Figure::cache:
            figures.cache_used = std::max(figures.cache_used.value_or(0), std::min(value, 1.0));
            break;
    }
}

double part(double value, double full) {
    return full > 0 ? std::clamp(value / full, 0.0, 1.0) : 0.0;
}

}  // namespace

std::expected<LoadFigures, std::string> read_load(std::string_view metrics) {
    LoadFigures figures;
    bool any = false;
    std::string bad;
    const auto read = read_metrics(metrics, [&](const MetricSample& sample) {
        const auto known = std::ranges::find(known_metrics, sample.name, &KnownMetric::name);
        if (known == known_metrics.end()) {
            return;
        }
        if (!std::isfinite(sample.value) || sample.value < 0) {
            bad = known->name;
            return;
        }
        any = true;
        add(figures, known->figure, sample.value);
    });
    if (!read) {
        return std::unexpected(read.error());
    }
    if (!bad.empty()) {
        return std::unexpected(bad + " is no number of requests and no share");
    }
    if (!any) {
        return std::unexpected("none of the metrics is known: vLLM, SGLang, TGI, llama.cpp");
    }
    return figures;
}

double pressure(const LoadFigures& figures, const LoadWeightPolicy& policy) {
    const double cache_room = 1 - policy.cache_from;
    return std::max({part(figures.running, policy.running_full),
                     part(figures.waiting, policy.waiting_full),
                     part(figures.cache_used.value_or(0) - policy.cache_from, cache_room)});
}

LoadWeight::LoadWeight(LoadWeightPolicy policy) : policy_(policy) {
    policy_.min_percent = std::clamp(policy_.min_percent, 1U, 100U);
    policy_.time_constant_ms = std::max<std::int64_t>(policy_.time_constant_ms, 0);
}

void LoadWeight::scraped(const LoadFigures& figures, std::int64_t now_ms) {
    follow(now_ms);
    figures_ = figures;
    scraped_ms_ = now_ms;
}

double LoadWeight::wanted(std::int64_t now_ms) const {
    if (!figures_ || now_ms - scraped_ms_ > policy_.stale_after_ms) {
        return 100;
    }
    return 100 - pressure(*figures_, policy_) * (100 - policy_.min_percent);
}

// Smoothing by the time that has passed, so that its pace does not hang on how often it is asked.
void LoadWeight::follow(std::int64_t now_ms) {
    const std::int64_t passed =
        followed_ms_ ? std::max<std::int64_t>(now_ms - *followed_ms_, 0) : 0;
    followed_ms_ = now_ms;
    const double share = policy_.time_constant_ms == 0
                             ? 1.0
                             : -std::expm1(-static_cast<double>(passed) /
                                           static_cast<double>(policy_.time_constant_ms));
    smooth_ += (wanted(now_ms) - smooth_) * share;
    smooth_ = std::clamp<double>(smooth_, policy_.min_percent, 100);
}

unsigned LoadWeight::percent(std::int64_t now_ms) {
    follow(now_ms);
    const auto now = static_cast<unsigned>(std::lround(smooth_));
    const unsigned change = now > told_ ? now - told_ : told_ - now;
    // The ends are always told, else it would stop just short of them.
    if (change >= policy_.step_percent || now == 100 || now == policy_.min_percent) {
        told_ = now;
    }
    return told_;
}

}  // namespace lbdrain::agent_check
