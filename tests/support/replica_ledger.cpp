#include "replica_ledger.hpp"

namespace lbdrain::test {

ReplicaCounts ReplicaLedger::counts() const {
    const std::lock_guard lock(mutex_);
    return counts_;
}

void ReplicaLedger::update(const std::function<void(ReplicaCounts&)>& change) {
    const std::lock_guard lock(mutex_);
    change(counts_);
    changed_.notify_all();
}

bool ReplicaLedger::wait(Millis limit, const std::function<bool(const ReplicaCounts&)>& predicate) {
    std::unique_lock lock(mutex_);
    return changed_.wait_for(lock, limit, [&] { return predicate(counts_); });
}

void ReplicaLedger::start() {
    update([](ReplicaCounts& counts) {
        ++counts.started;
        ++counts.in_flight;
        counts.last_start_ms = steady_ms();
    });
}

void ReplicaLedger::end(std::int64_t ReplicaCounts::*outcome) {
    update([outcome](ReplicaCounts& counts) {
        ++(counts.*outcome);
        --counts.in_flight;
        counts.last_end_ms = steady_ms();
    });
}

}  // namespace lbdrain::test
