// All that is counted and timed in a run: by class, by phase, by replica, by second, and the single
// requests for a timeline. Memory is bounded; what was left out is told. One thread.
#pragma once

#include <array>
#include <cstdint>
#include <map>
#include <string>
#include <vector>

#include "verify/histogram.hpp"
#include "verify/traffic.hpp"

namespace lbdrain::ctl {

// Before, during and after the action. Tokens belong to the phase they come in; a request to
// `during` if any of it was there.
enum class Phase : std::uint8_t { before, during, after };
inline constexpr std::size_t phases = 3;
std::string_view to_string(Phase phase) noexcept;

struct Times {
    std::uint64_t ok = 0;
    std::uint64_t failed = 0;
    Histogram first_token;  // from the start of the request
    Histogram gaps;         // between two tokens of a request
    Histogram total;        // of good requests
    std::uint64_t tokens = 0;

    void add(const Times& other);
};

// For the timeline; 32 bytes for each request.
struct TimelineEntry {
    Micros start = 0;
    std::int32_t first_ms = -1;  // after the start; -1: none
    std::int32_t total_ms = 0;
    RequestClass what = RequestClass::ok;
    std::uint16_t replica = 0;
    std::int16_t status = 0;
};

struct Failure {
    RequestEnd request;
    std::string replica;
};

struct SecondCount {
    std::uint32_t begun = 0;
    std::uint32_t ok = 0;
    std::uint32_t failed = 0;
    std::uint32_t tokens = 0;
    Micros longest_gap = 0;
};

class Statistics : public Listener {
  public:
    static constexpr std::size_t most_replicas = 64;  // with names of their own
    static constexpr std::size_t most_entries = 200'000;
    static constexpr std::size_t most_failures = 1000;  // with all details
    static constexpr std::size_t most_seconds = 86'400;

    Statistics();

    // The action begins, has ended, at `now` on the generator's clock.
    void action_began(Micros now) { action_began_ = now; }
    void action_ended(Micros now) { action_ended_ = now; }
    Micros action_began_at() const noexcept { return action_began_; }  // -1: not yet
    Micros action_ended_at() const noexcept { return action_ended_; }

    unsigned replica(std::string_view name) override;
    void token(unsigned replica, Micros now, Micros gap) override;
    void ended(const RequestEnd& request) override;

    std::uint64_t ok() const noexcept { return by_class_.front(); }
    std::uint64_t failed() const noexcept { return ended_ - by_class_.front(); }
    std::uint64_t total() const noexcept { return ended_; }
    std::uint64_t of(RequestClass what) const {
        return by_class_.at(static_cast<std::size_t>(what));
    }
    std::uint64_t tokens() const noexcept { return tokens_; }
    std::uint64_t stale() const noexcept { return stale_; }
    std::uint64_t kept() const noexcept { return kept_; }
    // Good requests that were there at some time of the action.
    std::uint64_t ok_through_action() const noexcept { return ok_through_action_; }
    Micros longest_pause() const noexcept { return longest_pause_; }
    Micros longest_pause_at() const noexcept { return longest_pause_at_; }
    const Histogram& lateness() const noexcept { return lateness_; }  // open loop
    const std::map<std::string, std::uint64_t>& details() const noexcept { return details_; }

    Times times(Phase phase) const;  // of all replicas
    // "" for requests that named none.
    const std::vector<std::string>& replicas() const noexcept { return replica_names_; }
    const Times& times(std::size_t replica, Phase phase) const;

    const std::vector<TimelineEntry>& entries() const noexcept { return entries_; }
    std::uint64_t entries_left_out() const noexcept { return ended_ - entries_.size(); }
    const std::vector<Failure>& failures() const noexcept { return failures_; }
    const std::vector<SecondCount>& seconds() const noexcept { return seconds_; }

  private:
    Phase phase_at(Micros now) const noexcept;
    Phase phase_of(const RequestEnd& request) const noexcept;
    SecondCount& second(Micros now);
    void count_failure(const RequestEnd& request);

    Micros action_began_ = -1;
    Micros action_ended_ = -1;
    std::uint64_t ended_ = 0;
    std::array<std::uint64_t, request_classes> by_class_{};
    std::map<std::string, std::uint64_t> details_;  // "http_status: 502 by the balancer"
    std::uint64_t tokens_ = 0;
    std::uint64_t stale_ = 0;
    std::uint64_t kept_ = 0;
    std::uint64_t ok_through_action_ = 0;
    Micros longest_pause_ = 0;
    Micros longest_pause_at_ = 0;
    Histogram lateness_;
    std::vector<std::string> replica_names_{""};
    std::vector<std::array<Times, phases>> by_replica_;
    std::vector<TimelineEntry> entries_;
    std::vector<Failure> failures_;
    std::vector<SecondCount> seconds_;
};

}  // namespace lbdrain::ctl
