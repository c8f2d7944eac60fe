// A server's weight from the load of the replica behind it, as the replica's own metrics tell it.
//
// The figures only shift traffic between servers that are all in rotation. They go stale while a
// replica works or dies, so they never decide anything else: the weight never falls below
// `min_percent`, which is never 0; without fresh figures it returns towards 100.
//
// Pure values and functions: no clock, no I/O; times are milliseconds of any one clock.
#pragma once

#include <cstdint>
#include <expected>
#include <optional>
#include <string>
#include <string_view>

namespace lbdrain::agent_check {

// What one scrape says of a replica. Sums over its engines; the cache is that of the fullest.
struct LoadFigures {
    double running = 0;                     // requests that are being generated
    double waiting = 0;                     // requests queued in the replica
    std::optional<double> cache_used = {};  // of the KV cache, 0..1
};

// Reads the text that a replica's /metrics gave: vLLM (both generations), SGLang, TGI, llama.cpp.
// The error says why this scrape is none: malformed, cut short, or no figure that is known.
std::expected<LoadFigures, std::string> read_load(std::string_view metrics);

struct LoadWeightPolicy {
    unsigned min_percent = 20;  // 1 to 100
    // Pressure is the greatest of three, each 0 to 1: requests that run, of so many that fill the
    // replica (0: not looked at); requests that wait, of so many; and the cache, from the level
    // where it begins to matter up to full.
    double running_full = 0;
    double waiting_full = 8;
    double cache_from = 0.5;
    std::int64_t time_constant_ms = 10000;  // of the smoothing
    std::int64_t stale_after_ms = 15000;    // figures older than this are none
    unsigned step_percent = 5;              // a smaller change is not told to HAProxy
};

class LoadWeight {
  public:
    explicit LoadWeight(LoadWeightPolicy policy);

    // A scrape that succeeded. Failed ones are not reported: time passes without.
    void scraped(const LoadFigures& figures, std::int64_t now_ms);
    // The percent to answer now. To be asked about once a second; any interval works.
    unsigned percent(std::int64_t now_ms);

  private:
    double wanted(std::int64_t now_ms) const;
    void follow(std::int64_t now_ms);

    LoadWeightPolicy policy_;
    std::optional<LoadFigures> figures_;
    std::int64_t scraped_ms_ = 0;
    std::optional<std::int64_t> followed_ms_;
    double smooth_ = 100;
    unsigned told_ = 100;
};

// 0 (idle) to 1 (full).
double pressure(const LoadFigures& figures, const LoadWeightPolicy& policy);

}  // namespace lbdrain::agent_check
