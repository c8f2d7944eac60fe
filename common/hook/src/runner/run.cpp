#include "runner/run.hpp"

#include <algorithm>
#include <climits>
#include <utility>

#include "runner/text.hpp"

namespace lbdrain::hook {

Run::Run(Reporter& reporter, milliseconds timeout, int interrupt_fd)
    : reporter_(reporter),
      start_(Clock::now()),
      deadline_(start_ + timeout),
      timeout_(timeout),
      interrupt_fd_(interrupt_fd) {}

TimePoint Run::within(milliseconds duration) const {
    return std::min(deadline_, Clock::now() + duration);
}

milliseconds Run::elapsed() const {
    return std::chrono::duration_cast<milliseconds>(Clock::now() - start_);
}

void Run::report(Event event) {
    event.elapsed_ms = elapsed().count();
    reporter_.report(event);
}

void Run::progress(std::string text, unsigned passes) {
    Event event;
    event.kind = Event::Kind::progress;
    event.text = std::move(text);
    event.passes = passes;
    report(std::move(event));
}

std::vector<pollfd> Run::also_poll() const {
    std::vector<pollfd> fds;
    if (!interrupted_ && interrupt_fd_ >= 0) {
        fds.push_back({interrupt_fd_, POLLIN, 0});
    }
    if (reporter_.pending_fd() >= 0) {
        fds.push_back({reporter_.pending_fd(), POLLOUT, 0});
    }
    return fds;
}

bool Run::heed(std::span<const pollfd> polled) {
    bool now = false;
    for (const pollfd& fd : polled) {
        if (fd.revents == 0) {
            continue;
        }
        if (fd.fd == interrupt_fd_) {
            now = !interrupted_;
            interrupted_ = true;
        } else {
            reporter_.flush();
        }
    }
    return now;
}

Run::Wake Run::wait(std::span<pollfd> fds, TimePoint until) {
    while (true) {
        std::vector<pollfd> all(fds.begin(), fds.end());
        const std::vector<pollfd> also = also_poll();
        all.insert(all.end(), also.begin(), also.end());
        const auto left = std::chrono::ceil<milliseconds>(until - Clock::now()).count();
        const int limit = static_cast<int>(std::clamp<decltype(left)>(left, 0, INT_MAX));
        const int count = ::poll(all.data(), all.size(), limit);
        bool ready = false;
        for (std::size_t i = 0; i < fds.size(); ++i) {
            fds[i].revents = count > 0 ? all[i].revents : short{0};
            ready = ready || fds[i].revents != 0;
        }
        if (count > 0 && heed(std::span(all).subspan(fds.size()))) {
            return Wake::interrupted;
        }
        if (ready) {
            return Wake::ready;
        }
        if (Clock::now() >= until) {
            return Wake::time;
        }
    }
}

Event succeeded(std::string text) {
    Event event;
    event.kind = Event::Kind::result;
    event.ok = true;
    event.text = std::move(text);
    return event;
}

Event failed(std::string text) {
    Event event = succeeded(std::move(text));
    event.ok = false;
    return event;
}

Event ended_early(const Run& run, const std::string& doing) {
    if (run.interrupted()) {
        return failed("interrupted while " + doing);
    }
    Event event = failed("timed out after " + duration_text(run.timeout()) + " while " + doing);
    event.timed_out = true;
    return event;
}

}  // namespace lbdrain::hook
