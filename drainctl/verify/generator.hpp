// Load: requests to one URL, many at a time, each judged and timed. Closed loop (so many clients,
// each begins its next request when the last has ended) or open loop (so many requests a second).
// One thread, which calls turn() again and again; the listener is called from there.
#pragma once

#include <poll.h>

#include <deque>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "lbdrain/posix/unique_fd.hpp"
#include "verify/arrivals.hpp"
#include "verify/stream.hpp"

namespace lbdrain::ctl {

class Generator {
  public:
    Generator(TrafficOptions options, Listener& listener);
    ~Generator();  // what is in flight is dropped, unheard
    Generator(const Generator&) = delete;
    Generator& operator=(const Generator&) = delete;

    // Sends, receives, waits: until `until` (as now()) or until something polled in `also` is
    // ready; their `revents` are set. Short: it may return early.
    void turn(Micros until, std::span<pollfd> also);

    Micros now() const noexcept { return context_.now(); }
    void stop() noexcept { stopping_ = true; }  // begins no more
    std::size_t in_flight() const noexcept { return running_.size(); }
    std::uint64_t begun() const noexcept { return begun_; }
    // When the oldest in flight began; without any, now.
    Micros oldest_start() const noexcept;
    // Clients of the closed loop that have had a good answer; of an open loop 0.
    std::size_t served_clients() const noexcept { return served_; }
    // Open loop: arrivals that were not sent because too many were in flight.
    std::uint64_t not_sent() const noexcept { return not_sent_; }
    // The longest that this thread kept its sockets waiting.
    Micros longest_turn() const noexcept { return longest_turn_; }
    // Why nothing can be sent at all; empty: it can.
    const std::string& broken() const noexcept { return broken_; }

  private:
    struct Paused {
        Micros until = 0;
        std::size_t client = 0;
    };
    struct MultiFree {
        void operator()(CURLM* multi) const { ::curl_multi_cleanup(multi); }
    };

    static int watch(CURL*, curl_socket_t fd, int what, void* self, void*);
    static int set_timer(CURLM*, long timeout_ms, void* self);
    void begin_due();
    void begin(std::size_t client, Micros due);
    void serve_sockets();
    void reap();
    void end_overdue();
    void finish(Stream& stream, CURLcode code, Cut cut);
    Micros next_event(Micros until) const noexcept;

    StreamContext context_;
    std::unique_ptr<CURLM, MultiFree> multi_;
    UniqueFd epoll_;
    std::vector<std::unique_ptr<Stream>> running_;
    std::vector<std::unique_ptr<Stream>> idle_;
    std::deque<Paused> paused_;  // clients between two requests, by time
    std::vector<bool> served_clients_;
    std::size_t served_ = 0;
    std::optional<Arrivals> arrivals_;
    Micros timer_ = -1;  // libcurl's
    Micros next_sweep_ = 0;
    Micros longest_turn_ = 0;
    std::uint64_t begun_ = 0;
    std::uint64_t not_sent_ = 0;
    bool stopping_ = false;
    std::string broken_;
};

}  // namespace lbdrain::ctl
