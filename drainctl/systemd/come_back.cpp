#include "systemd/come_back.hpp"

#include <algorithm>

#include "lbdrain/waiting_for.hpp"

namespace lbdrain::ctl {
namespace {

// While ExecStartPost= runs, a stop of the unit runs no ExecStop=. So once there is traffic from
// one balancer, the others are not waited for any longer than this: they go on by themselves.
constexpr Millis kOthersGrace = 5000;

}  // namespace

ComeBack::ComeBack(ComeBackOptions options)
    : options_(std::move(options)), reach_(options_.limits.unreachable_timeout) {}

void ComeBack::place_seen(const UnitPlace& place, Known& known, std::vector<Order>& orders) {
    const api::ServerView& view = place.view();
    if (known.ordered && view.state == ServerState::failed) {
        known.settled = true;
        failed_ = true;
        warn(place.label() + " does not get ready: " + std::string(view.last.text.view()));
        return;
    }
    const auto send = [&](api::Action action) {
        api::CommandRequest request;
        request.by = by_unit(options_.unit);
        request.reason = "the unit was started";
        if (action == api::Action::ready) {
            request.wait = false;
            request.check = true;
        } else {
            request.force = true;  // it is out of rotation: no capacity is lost
        }
        orders.push_back(place.order(action, std::move(request)));
        sent_.emplace_back(place.key, place.label());
    };
    switch (returning_step(view)) {
        case ReturningStep::in:
            ++in_;
            return;
        case ReturningStep::coming:
            known.ordered = true;
            if (waiting_for_.empty()) {
                waiting_for_ = view.waiting_for;
            }
            break;
        case ReturningStep::ready:
            send(api::Action::ready);
            break;
        case ReturningStep::down:
            send(api::Action::down);
            break;
        case ReturningStep::others:
            known.settled = true;
            if (view.goal != Goal::none) {
                in_other_hands_ = true;
                say(place.label() + " is " + std::string(to_string(view.state)) + " (by " +
                    (view.by.empty() ? "a sequence" : view.by) + "), which is left to it");
            } else {
                say(place.label() + " was " + std::string(to_string(view.state)) + " by " +
                    (view.by.empty() ? "somebody" : view.by) +
                    ": it stays so until \"drainctl ready " + to_string(place.server->name) + "\"");
            }
            return;
    }
    pending_.push_back(place.label());
}

std::vector<Order> ComeBack::look(const Fleet& fleet, Millis now) {
    reach_.see(fleet, now, lines_);
    if (!until_) {
        until_ = now + options_.limits.ready_timeout;
    }
    if (!reach_.waiting() && !std::exchange(missing_told_, true)) {
        for (std::string& line : nowhere(fleet, options_.servers)) {
            warn(std::move(line) + "; \"units\" of drainctl.yaml names it as one of " +
                 options_.unit);
        }
    }
    sent_.clear();
    pending_.clear();
    waiting_for_.clear();
    in_ = 0;
    std::vector<Order> orders;
    for (const UnitPlace& place : places_of(fleet, options_.servers)) {
        if (Known& known = known_[place.key]; !known.settled) {
            place_seen(place, known, orders);
        }
    }
    if (in_ > 0 && !first_in_) {
        first_in_ = now;
    }
    end(now);
    if (over_ == 0 && in_ > 0 && !in_other_hands_ && options_.turns != nullptr) {
        for (const ServerSpec& spec : options_.servers) {
            if (const FleetServer* server = fleet.find(spec)) {
                options_.turns->release(*server);
            }
        }
    }
    return over_ ? std::vector<Order>() : orders;
}

void ComeBack::heard(std::span<const Order> orders, std::span<const OrderResult> results, Millis) {
    for (std::size_t i = 0; i < orders.size(); ++i) {
        const auto& [key, label] = sent_[i];
        Known& known = known_[key];
        if (results[i]) {
            if (orders[i].action == api::Action::ready) {
                known.ordered = true;
                say("waiting for " + label + " to pass its ready check");
            }
            continue;
        }
        const client::Error& error = results[i].error();
        const bool passing = !error.problem ||
                             error.problem->code == api::ProblemCode::sequence_running ||
                             error.problem->code == api::ProblemCode::interrupted ||
                             error.problem->code == api::ProblemCode::overloaded;
        if (!std::exchange(known.told, true)) {
            warn(label + ": " + error.text);
        }
        if (!passing) {
            known.settled = true;
            failed_ = true;
        }
    }
}

std::vector<Order> ComeBack::interrupted(const Fleet& fleet) {
    std::vector<Order> orders;
    for (const UnitPlace& place : places_of(fleet, options_.servers)) {
        const auto known = known_.find(place.key);
        if (known == known_.end() || !known->second.ordered ||
            (!in_rotation(place.view().state) && place.view().state != ServerState::starting)) {
            continue;
        }
        api::CommandRequest request;
        request.force = true;
        request.by = by_unit(options_.unit);
        request.reason = "the unit is stopped while it starts";
        orders.push_back(place.order(api::Action::down, std::move(request)));
        warn(place.label() + " goes down: the unit is stopped while it starts");
    }
    return orders;
}

void ComeBack::give_up(const std::string& why) {
    over_ = 1;
    std::string names;
    for (const std::string& label : pending_) {
        names += (names.empty() ? "" : ", ") + label;
    }
    status_ = "not back in rotation: " + names;
    warn(names + ": " + why);
}

void ComeBack::end(Millis now) {
    if (pending_.empty() && !reach_.waiting()) {
        over_ = failed_ ? 1 : 0;
        status_ = failed_ ? "not back in rotation everywhere"
                          : (in_ > 0 ? "back in rotation" : "started");
        if (in_ > 0) {
            say("in rotation");
        }
        return;
    }
    if (in_other_hands_ && sent_.empty()) {
        over_ = 0;
        status_ = "started";
        for (const std::string& label : pending_) {
            say(label + " comes back by itself: the start is not held up");
        }
    } else if (now >= *until_) {
        give_up("not ready within " + duration_text(options_.limits.ready_timeout) +
                "; its ready check goes on at the balancer");
    } else if (first_in_ && now - *first_in_ >= kOthersGrace) {
        give_up("in rotation elsewhere and not here yet; that goes on at the balancer");
    } else if (pending_.empty()) {
        status_ = "waiting: " + reach_.text(now);
    } else {
        status_ = "waiting for " + pending_.front() + " to get ready" +
                  (waiting_for_.empty() ? "" : " (" + waiting_for_ + ")") + "; " +
                  duration_text(*until_ - now) + " left";
    }
}

}  // namespace lbdrain::ctl
