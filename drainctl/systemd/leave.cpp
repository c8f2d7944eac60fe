#include "systemd/leave.hpp"

#include <algorithm>
#include <set>

#include "lbdrain/waiting_for.hpp"

namespace lbdrain::ctl {
namespace {

constexpr Millis kTurnInterval = 1000;  // between two attempts while a guard says no

// Without its advice to use force.
std::string cause(const std::string& detail) {
    return detail.substr(0, detail.find(';'));
}

std::string left(Millis until, Millis now) {
    return duration_text(std::max<Millis>(0, until - now));
}

}  // namespace

Leave::Leave(LeaveOptions options)
    : options_(std::move(options)), reach_(options_.limits.unreachable_timeout) {}

api::CommandRequest Leave::request(const Known& known) const {
    api::CommandRequest request;
    request.wait = false;
    request.timeout_ms = options_.limits.drain_timeout;
    // The process is going to die: the server must not be put back in front of it.
    request.on_timeout = OnTimeout::wait;
    request.by = by_unit(options_.unit);
    request.reason = options_.why;
    const std::string& forced = known.forced.empty() ? forced_ : known.forced;
    if (!forced.empty()) {
        request.force = true;
        request.reason += ", and systemd cannot be refused: " + forced;
    }
    return request;
}

void Leave::tell(const UnitPlace& place, Known& known, LeavingStep step) {
    const bool first = !looked_;
    if (known.told == step && !first) {
        return;
    }
    known.told = step;
    const api::ServerView& view = place.view();
    const std::string state(to_string(view.state));
    const std::string by = view.by.empty() ? "" : " (by " + view.by + ")";
    switch (step) {
        case LeavingStep::passed:
            if (view.state == ServerState::stopping || view.state == ServerState::stopped) {
                say(place.label() + " is " + state + " already" + by + ": going straight on");
            } else {
                say(place.label() + " is " + state + (first ? " already" + by : ""));
            }
            break;
        case LeavingStep::wait:
            if (!ours(view)) {
                say(place.label() + " is " + state + by + ": waiting with it");
            }
            break;
        case LeavingStep::down:
            say(place.label() + " is " + state + by + ", which ends now");
            break;
        case LeavingStep::drain:
            break;
    }
}

std::vector<Order> Leave::look(const Fleet& fleet, Millis now) {
    reach_.see(fleet, now, lines_);
    if (turn_until_ && forced_.empty() && now >= *turn_until_) {
        forced_ = guard_ + ", and its turn did not come within " +
                  duration_text(options_.limits.turn_timeout);
        warn("no longer waiting for its turn: " + forced_);
        drain_until_.reset();
    }
    if (!drain_until_ || waits_for_turn()) {
        drain_until_ = now + options_.limits.drain_timeout;
    }
    if (!reach_.waiting() && !std::exchange(missing_told_, true)) {
        for (std::string& line : nowhere(fleet, options_.servers)) {
            warn(std::move(line) + "; \"units\" of drainctl.yaml names it as one of " +
                 options_.unit);
        }
    }
    sent_.clear();
    std::vector<Order> orders;
    std::vector<UnitPlace> pending;
    // One target after the other, in the same order everywhere: of two that leave at once neither
    // can hold what the other waits for.
    bool in_turn = true;
    for (UnitPlace& place : places_of(fleet, options_.servers)) {
        Known& known = known_[place.key];
        if (known.given_up) {
            continue;
        }
        const LeavingStep step = leaving_step(place.view());
        tell(place, known, step);
        if (step == LeavingStep::passed) {
            continue;
        }
        if (step == LeavingStep::down) {
            api::CommandRequest down;
            down.force = true;
            down.by = by_unit(options_.unit);
            down.reason = options_.why;
            orders.push_back(place.order(api::Action::down, std::move(down)));
            sent_.emplace_back(place.key, place.label());
        } else if (step == LeavingStep::drain) {
            if ((in_turn || !forced_.empty()) && now >= known.again &&
                permitted(place, known, fleet, now)) {
                orders.push_back(place.order(api::Action::drain, request(known)));
                sent_.emplace_back(place.key, place.label());
            }
            in_turn = false;
        }
        pending.push_back(std::move(place));
    }
    looked_ = true;
    end(pending, now);
    return over_ ? std::vector<Order>() : orders;
}

void Leave::before_look() {
    if (options_.turns == nullptr || !options_.may_wait) {
        return;
    }
    std::set<std::string> services;
    for (const ServerSpec& server : options_.servers) {
        if (services.insert(server.service).second) {
            options_.turns->read(server.service);
        }
    }
}

bool Leave::permitted(const UnitPlace& place, Known& known, const Fleet& fleet, Millis now) {
    if (options_.turns == nullptr || !options_.may_wait || !forced_.empty() ||
        permits_.contains(place.server->name)) {
        return true;
    }
    std::string others = options_.turns->take(*place.server, fleet);
    if (!others.empty()) {
        wait_for_turn(known, place.label(), std::move(others), now);
        return false;
    }
    permits_.emplace(place.server->name, *place.server);
    return true;
}

void Leave::give_back(Turns& turns) const {
    for (const auto& [name, server] : permits_) {
        turns.release(server);
    }
}

void Leave::wait_for_turn(Known& known, const std::string& label, std::string why, Millis now) {
    guard_ = std::move(why);
    if (!turn_until_) {
        turn_until_ = now + options_.limits.turn_timeout;
        say(label + ": " + guard_ + "; waiting for its turn, at most " +
            duration_text(options_.limits.turn_timeout));
    }
    known.again = now + kTurnInterval;
}

void Leave::refused(Known& known, const std::string& label, const api::Problem& problem,
                    Millis now) {
    switch (problem.code) {
        case api::ProblemCode::last_ready_server:
        case api::ProblemCode::min_ready:
            guard_ = cause(problem.detail);
            if (!options_.may_wait) {
                forced_ = guard_;
                warn(label + ": " + guard_ + "; taken out all the same");
                return;
            }
            wait_for_turn(known, label, guard_, now);
            return;
        case api::ProblemCode::balancer_unreachable:
            if (known.unreadable < 0) {
                known.unreadable = now;
                warn(label + ": " + problem.detail);
            } else if (now - known.unreadable >= options_.limits.unreachable_timeout) {
                known.forced = cause(problem.detail);
            }
            return;
        case api::ProblemCode::sequence_running:
        case api::ProblemCode::interrupted:
        case api::ProblemCode::overloaded:
            return;  // the next look tells
        default:
            known.given_up = true;
            warn(label + " cannot be drained: " + problem.detail + "; going on without it");
    }
}

void Leave::heard(std::span<const Order> orders, std::span<const OrderResult> results, Millis now) {
    for (std::size_t i = 0; i < orders.size(); ++i) {
        const auto& [key, label] = sent_[i];
        Known& known = known_[key];
        if (results[i]) {
            if (orders[i].action == api::Action::drain) {
                say("draining " + label + (orders[i].request.force ? ", by force: " : ": ") +
                    options_.why);
            }
            known.unreadable = -1;
        } else if (results[i].error().problem) {
            refused(known, label, *results[i].error().problem, now);
        } else {
            // Did it arrive? The next look tells, or finds the target silent.
            known.again = now + kTurnInterval;
            warn(label + ": " + results[i].error().text);
        }
    }
}

void Leave::end(std::span<const UnitPlace> pending, Millis now) {
    if (pending.empty() && !reach_.waiting()) {
        over_ = 0;
        status_ = "out of rotation, nothing in flight";
        return;
    }
    if (now < *drain_until_ || waits_for_turn()) {
        describe(pending, now);
        return;
    }
    over_ = 1;
    const std::uint64_t count = in_flight(pending);
    status_ = "stopped with " + in_flight_text(pending);
    warn("the limit of " + duration_text(options_.limits.drain_timeout) + " has passed; " +
         (count == 0 ? std::string("what is in flight is not known to be nothing")
                     : std::to_string(count) + (count == 1 ? " request" : " requests") +
                           " will be cut: " + in_flight_text(pending)));
}

void Leave::describe(std::span<const UnitPlace> pending, Millis now) {
    if (waits_for_turn()) {
        status_ = "waiting for its turn: " + guard_ + "; " + left(*turn_until_, now) +
                  " left, then it is taken out all the same";
    } else if (pending.empty()) {
        status_ = "waiting: " + reach_.text(now);
    } else {
        std::string names;
        for (const UnitPlace& place : pending) {
            const std::string name = to_string(place.server->name);
            if (names.find(name) == std::string::npos) {
                names += (names.empty() ? "" : ", ") + name;
            }
        }
        status_ = "draining " + names + ": " + in_flight_text(pending) + "; " +
                  left(*drain_until_, now) + " left";
    }
}

}  // namespace lbdrain::ctl
