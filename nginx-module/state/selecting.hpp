// The counting protocol, worker side: one atomic read-modify-write a request.
//
// A worker marks that it chooses a server (odd), looks whether the epoch moved, chooses, counts,
// and marks that it is done (even). Whoever asks whether a server is drained has taken it out of
// rotation and raised the epoch before it looks at the marks (both sequentially consistent, as in
// Dekker's algorithm): it either sees the odd mark and waits, or that worker sees the new epoch and
// does not choose the server. So no request is ever routed unseen.
#pragma once

#include "state/layout.hpp"

namespace lbdrain::nginx {

class Selecting {
  public:
    // `slot` may be null: an uncounted worker (state_file.hpp, claim_slot).
    explicit Selecting(Slot* slot) noexcept : slot_(slot) {
        if (slot_ != nullptr) {
            const auto mark = slot_->selecting.load(std::memory_order_relaxed);
            slot_->selecting.store(mark + 1, std::memory_order_seq_cst);
        }
    }
    ~Selecting() {
        if (slot_ != nullptr) {
            const auto mark = slot_->selecting.load(std::memory_order_relaxed);
            slot_->selecting.store(mark + 1, std::memory_order_release);
        }
    }
    Selecting(const Selecting&) = delete;
    Selecting& operator=(const Selecting&) = delete;

  private:
    Slot* slot_;
};

// One writer a slot, so no read-modify-write is needed.
inline void add(Count& count, std::int32_t difference) noexcept {
    count.store(count.load(std::memory_order_relaxed) + difference, std::memory_order_release);
}

}  // namespace lbdrain::nginx
