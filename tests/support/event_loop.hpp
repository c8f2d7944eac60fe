// A single-threaded epoll loop with timers. run() makes the calling thread the loop's own; post(),
// call() and stop() may be used from any thread, everything else from the loop's thread only (or
// while it does not run). Does not own the descriptors it watches: unwatch before closing.
#pragma once

#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <mutex>
#include <unordered_map>
#include <vector>

#include "lbdrain/posix/unique_fd.hpp"
#include "wait.hpp"

namespace lbdrain::test {

class EventLoop {
  public:
    using Id = std::uint64_t;  // never given twice; 0 is none
    using Ready = std::function<void(std::uint32_t events)>;
    using Task = std::function<void()>;

    EventLoop();
    ~EventLoop();
    EventLoop(const EventLoop&) = delete;
    EventLoop& operator=(const EventLoop&) = delete;

    Id watch(int fd, std::uint32_t events, Ready ready);  // epoll events, level-triggered
    void change(Id id, std::uint32_t events);
    void unwatch(Id id);

    Id after(Millis delay, Task task);
    void cancel(Id id);

    void post(Task task);
    void call(const Task& task);  // post and wait until it has run; not from the loop's own thread
    void run();                   // until stop()
    void stop();

  private:
    struct Watch {
        int fd = -1;
        Ready ready;
    };

    int run_timers();  // returns the milliseconds to the next, -1: none
    void run_posted();
    void wake();

    UniqueFd epoll_;
    UniqueFd wake_;
    Id next_id_ = 1;
    std::unordered_map<Id, std::shared_ptr<Watch>> watches_;
    std::map<std::pair<std::int64_t, Id>, Task> timers_;  // by steady_ms() when due
    std::unordered_map<Id, std::int64_t> due_;
    bool stopping_ = false;
    std::mutex mutex_;  // guards posted_
    std::vector<Task> posted_;
};

}  // namespace lbdrain::test
