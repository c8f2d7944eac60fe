// Times in buckets that grow with them (as HDR histograms do): memory is bounded whatever the
// number of values, and a percentile is at most 1.6 % too high. The greatest is exact. Pure.
#pragma once

#include <cstdint>
#include <vector>

#include "verify/traffic.hpp"

namespace lbdrain::ctl {

class Histogram {
  public:
    void add(Micros value);
    void add(const Histogram& other);
    std::uint64_t count() const noexcept { return count_; }
    Micros max() const noexcept { return max_; }
    // At most so high were `share` (0 to 1) of the values; 0 if there are none.
    Micros percentile(double share) const noexcept;

  private:
    std::vector<std::uint64_t> buckets_;  // up to the greatest value
    std::uint64_t count_ = 0;
    Micros max_ = 0;
};

}  // namespace lbdrain::ctl
