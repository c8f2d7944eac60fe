// When requests of an open loop begin: fixed in advance, so that a system that slows down is not
// spared. Pure; microseconds since the first.
#pragma once

#include <cstdint>

#include "verify/traffic.hpp"

namespace lbdrain::ctl {

class Arrivals {
  public:
    explicit Arrivals(double per_second_wanted) : rate_(per_second_wanted) {}

    Micros next() const noexcept {
        return static_cast<Micros>(static_cast<double>(taken_) * 1e6 / rate_);
    }
    void take() noexcept { ++taken_; }

  private:
    double rate_;
    std::uint64_t taken_ = 0;
};

}  // namespace lbdrain::ctl
