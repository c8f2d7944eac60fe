#include "verify/statistics.hpp"

#include <algorithm>

namespace lbdrain::ctl {
namespace {

constexpr std::size_t most_details = 200;

std::int32_t millis(Micros time) {
    return static_cast<std::int32_t>(std::min<Micros>(time / 1000, INT32_MAX));
}

}  // namespace

std::string_view to_string(Phase phase) noexcept {
    return phase == Phase::before ? "before" : phase == Phase::during ? "during" : "after";
}

void Times::add(const Times& other) {
    ok += other.ok;
    failed += other.failed;
    tokens += other.tokens;
    first_token.add(other.first_token);
    gaps.add(other.gaps);
    total.add(other.total);
}

Statistics::Statistics() : by_replica_(1) {}

Phase Statistics::phase_at(Micros now) const noexcept {
    if (action_began_ < 0 || now < action_began_) {
        return Phase::before;
    }
    return action_ended_ < 0 || now <= action_ended_ ? Phase::during : Phase::after;
}

Phase Statistics::phase_of(const RequestEnd& request) const noexcept {
    const Phase first = phase_at(request.start);
    return first == phase_at(request.end) ? first : Phase::during;
}

unsigned Statistics::replica(std::string_view name) {
    const auto known = std::ranges::find(replica_names_, name);
    if (known != replica_names_.end()) {
        return static_cast<unsigned>(known - replica_names_.begin());
    }
    if (replica_names_.size() > most_replicas) {
        return 0;
    }
    replica_names_.emplace_back(name);
    by_replica_.emplace_back();
    return static_cast<unsigned>(replica_names_.size() - 1);
}

SecondCount& Statistics::second(Micros now) {
    const auto at =
        std::min(static_cast<std::size_t>(std::max<Micros>(now, 0) / per_second), most_seconds - 1);
    if (at >= seconds_.size()) {
        seconds_.resize(at + 1);
    }
    return seconds_[at];
}

void Statistics::token(unsigned replica, Micros now, Micros gap) {
    ++tokens_;
    SecondCount& here = second(now);
    ++here.tokens;
    Times& times = by_replica_[replica][static_cast<std::size_t>(phase_at(now))];
    ++times.tokens;
    if (gap < 0) {
        return;
    }
    times.gaps.add(gap);
    here.longest_gap = std::max(here.longest_gap, gap);
    if (gap > longest_pause_) {
        longest_pause_ = gap;
        longest_pause_at_ = now - gap;
    }
}

void Statistics::ended(const RequestEnd& request) {
    const RequestClass what = request.judgement.what;
    const bool good = what == RequestClass::ok;
    const Phase phase = phase_of(request);
    ++ended_;
    ++by_class_[static_cast<std::size_t>(what)];
    stale_ += request.stale_connection ? 1 : 0;
    kept_ += request.kept_connection ? 1 : 0;
    lateness_.add(std::max<Micros>(0, request.start - request.due));
    ok_through_action_ += good && phase == Phase::during ? 1 : 0;
    ++second(request.start).begun;
    SecondCount& last = second(request.end);
    ++(good ? last.ok : last.failed);

    Times& times = by_replica_[request.replica][static_cast<std::size_t>(phase)];
    ++(good ? times.ok : times.failed);
    if (request.first_token >= 0) {
        times.first_token.add(request.first_token - request.start);
    }
    if (good) {
        times.total.add(request.end - request.start);
    } else {
        count_failure(request);
    }
    if (entries_.size() < most_entries) {
        entries_.push_back(
            {request.start,
             request.first_token < 0 ? -1 : millis(request.first_token - request.start),
             millis(request.end - request.start), what, static_cast<std::uint16_t>(request.replica),
             static_cast<std::int16_t>(request.status)});
    }
}

void Statistics::count_failure(const RequestEnd& request) {
    std::string name(to_string(request.judgement.what));
    if (request.judgement.what == RequestClass::http_status) {
        name += ": " + request.judgement.detail;
    }
    if (details_.contains(name) || details_.size() < most_details) {
        ++details_[name];
    }
    if (failures_.size() < most_failures) {
        failures_.push_back({request, replica_names_[request.replica]});
    }
}

Times Statistics::times(Phase phase) const {
    Times all;
    for (const auto& replica : by_replica_) {
        all.add(replica.at(static_cast<std::size_t>(phase)));
    }
    return all;
}

const Times& Statistics::times(std::size_t replica, Phase phase) const {
    return by_replica_.at(replica).at(static_cast<std::size_t>(phase));
}

}  // namespace lbdrain::ctl
