#include "runtime/deadline.hpp"

#include <poll.h>

#include <algorithm>
#include <cerrno>
#include <thread>

namespace lbdrain::haproxy {

Millis Deadline::left() const {
    const auto rest = std::chrono::ceil<Millis>(until_ - Clock::now());
    return std::max(rest, Millis{0});
}

Deadline Deadline::at_most(Millis time) const {
    return Deadline(std::min(until_, Clock::now() + time));
}

Ready wait_for(int fd, short events, const Deadline& deadline) {
    constexpr Millis longest{60'000};  // fits poll()'s int
    pollfd watched{fd, events, 0};
    for (;;) {
        const Millis left = deadline.left();
        const int ready = ::poll(&watched, 1, static_cast<int>(std::min(left, longest).count()));
        if (ready > 0) {
            return Ready::yes;
        }
        if (ready < 0 && errno != EINTR) {
            return Ready::failed;
        }
        if (ready == 0 && left == Millis{0}) {
            return Ready::timeout;
        }
    }
}

void pause_for(Millis time, const Deadline& deadline) {
    std::this_thread::sleep_for(std::min(time, deadline.left()));
}

}  // namespace lbdrain::haproxy
