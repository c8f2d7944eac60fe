// HTTP requests that run at the same time, through libcurl.
//
// No proxy, no redirect, HTTP/1.1. Connections are kept for the next request to the same place; one
// that the other side closed meanwhile is replaced by a new one, so a request may arrive twice
// unless it is the first. One thread, but for wake().
#pragma once

#include <poll.h>

#include <cstdint>
#include <memory>
#include <span>
#include <vector>

#include "lbdrain/http/message.hpp"

namespace lbdrain::http {

// What a wait has to heed besides its transfers.
class Heeded {
  public:
    virtual ~Heeded() = default;
    virtual std::vector<pollfd> also_poll() = 0;
    // What came of it; true ends the wait.
    virtual bool heed(std::span<const pollfd> polled) = 0;
};

class Transfers {
  public:
    using Id = std::uint64_t;

    struct Done {
        Id id = 0;
        Result result;
    };
    struct Waited {
        std::vector<Done> done;
        bool interrupted = false;  // by what was heeded
    };

    Transfers();
    ~Transfers();  // ends all that run
    Transfers(const Transfers&) = delete;
    Transfers& operator=(const Transfers&) = delete;

    // Begins a request, which ends at `until` at the latest. `id`: of none that runs.
    void start(Id id, const Request& request, TimePoint until);
    // Ends one that runs as "interrupted".
    Failure cancel(Id id);
    std::size_t running() const noexcept;

    // Until one of them has ended, `until`, a wake() or an interrupt.
    Waited wait(TimePoint until, Heeded* also = nullptr);
    // Ends the wait of another thread, or the next one.
    void wake() noexcept;

  private:
    struct Impl;
    std::unique_ptr<Impl> impl_;
};

}  // namespace lbdrain::http
