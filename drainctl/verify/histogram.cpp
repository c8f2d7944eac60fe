#include "verify/histogram.hpp"

#include <algorithm>
#include <bit>
#include <cmath>

namespace lbdrain::ctl {
namespace {

// Below 128 each value has a bucket; above, each power of two has 64.
constexpr unsigned fine_bits = 7;
constexpr std::size_t per_power = 64;
constexpr Micros most = Micros{1} << 40U;  // 12 days

std::size_t bucket_of(Micros value) {
    const auto number = static_cast<std::uint64_t>(std::clamp<Micros>(value, 0, most));
    const unsigned bits = static_cast<unsigned>(std::bit_width(number));
    if (bits <= fine_bits) {
        return number;
    }
    const unsigned shift = bits - fine_bits;
    return (std::size_t{1} << fine_bits) + (shift - 1) * per_power + (number >> shift) - per_power;
}

// The greatest value that falls there.
Micros upper_of(std::size_t bucket) {
    constexpr std::size_t fine = std::size_t{1} << fine_bits;
    if (bucket < fine) {
        return static_cast<Micros>(bucket);
    }
    const std::size_t power = (bucket - fine) / per_power;
    const std::size_t within = (bucket - fine) % per_power;
    return static_cast<Micros>(((per_power + within + 1) << (power + 1)) - 1);
}

}  // namespace

void Histogram::add(Micros value) {
    const std::size_t bucket = bucket_of(value);
    if (bucket >= buckets_.size()) {
        buckets_.resize(bucket + 1);
    }
    ++buckets_[bucket];
    ++count_;
    max_ = std::max(max_, value);
}

void Histogram::add(const Histogram& other) {
    buckets_.resize(std::max(buckets_.size(), other.buckets_.size()));
    for (std::size_t i = 0; i < other.buckets_.size(); ++i) {
        buckets_[i] += other.buckets_[i];
    }
    count_ += other.count_;
    max_ = std::max(max_, other.max_);
}

Micros Histogram::percentile(double share) const noexcept {
    const auto wanted = static_cast<std::uint64_t>(std::ceil(share * static_cast<double>(count_)));
    std::uint64_t seen = 0;
    for (std::size_t i = 0; i < buckets_.size(); ++i) {
        seen += buckets_[i];
        if (seen >= std::max<std::uint64_t>(wanted, 1)) {
            return std::min(upper_of(i), max_);
        }
    }
    return max_;
}

}  // namespace lbdrain::ctl
