#include "systemd/mark_dead.hpp"

namespace lbdrain::ctl {
namespace {

constexpr unsigned kMaxTries = 5;

}  // namespace

std::string to_string(const UnitEnding& ending) {
    std::string text;
    if (ending.code.empty()) {
        text = "the unit has ended";
    } else {
        text = ending.code == "exited" ? "its main process exited with status "
                                       : "its main process was ended by ";
        text += ending.status;
    }
    if (!ending.result.empty()) {
        text += " (" + ending.result + ")";
    }
    return text;
}

MarkDead::MarkDead(MarkDeadOptions options)
    : options_(std::move(options)), reach_(options_.limits.unreachable_timeout) {}

std::vector<Order> MarkDead::look(const Fleet& fleet, Millis now) {
    reach_.see(fleet, now, lines_);
    sent_.clear();
    std::vector<Order> orders;
    for (const UnitPlace& place : places_of(fleet, options_.servers)) {
        if (!to_mark_dead(place.view()) || ++tries_[place.key] > kMaxTries) {
            continue;
        }
        api::CommandRequest request;
        request.force = true;  // it is gone, whoever is left
        request.by = by_unit(options_.unit);
        request.reason = to_string(options_.ending);
        orders.push_back(place.order(api::Action::down, std::move(request)));
        sent_.emplace_back(place.key, place.label());
    }
    if (orders.empty() && !reach_.waiting()) {
        over_ = 0;
    }
    status_ = reach_.waiting() ? "waiting: " + reach_.text(now) : "";
    return orders;
}

void MarkDead::heard(std::span<const Order> orders, std::span<const OrderResult> results, Millis) {
    for (std::size_t i = 0; i < orders.size(); ++i) {
        const std::string& label = sent_[i].second;
        if (results[i]) {
            warn(label + " is down now: " + to_string(options_.ending));
        } else {
            warn(label + ": " + results[i].error().text);
        }
    }
}

}  // namespace lbdrain::ctl
