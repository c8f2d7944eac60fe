#include "wait.hpp"

#include <algorithm>
#include <thread>

namespace lbdrain::test {

std::int64_t steady_ms() {
    const auto now = std::chrono::steady_clock::now().time_since_epoch();
    return std::chrono::duration_cast<Millis>(now).count();
}

bool eventually(Millis limit, const std::function<bool()>& predicate, Millis interval) {
    const auto start = steady_ms();
    while (!predicate()) {
        if (time_left(start, limit).count() == 0) {
            return predicate();
        }
        std::this_thread::sleep_for(std::min(interval, time_left(start, limit)));
    }
    return true;
}

Millis time_left(std::int64_t start_ms, Millis limit) {
    return std::max(Millis{0}, limit - Millis{steady_ms() - start_ms});
}

}  // namespace lbdrain::test
