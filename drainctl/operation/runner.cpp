#include "operation/runner.hpp"

#include <algorithm>
#include <chrono>
#include <utility>

namespace lbdrain::ctl {
namespace {

// Between two looks: short enough for a live line, long enough for a status of 9,000 servers.
constexpr Millis interval = 200;

}  // namespace

Millis steady_now() {
    return std::chrono::duration_cast<std::chrono::milliseconds>(
               std::chrono::steady_clock::now().time_since_epoch())
        .count();
}

void Runner::begin(const Fleet& fleet, Turns& turns, const OperationRequest& request) {
    const Millis now = steady_now();
    for (const ServerSpec& name : turns.next(fleet, now)) {
        const FleetServer* server = fleet.find(name);
        if (server == nullptr) {
            code_ = code_ == ExitCode::done ? ExitCode::failed : code_;
            turns.ended(name, Verdict::failed, unknown_server(fleet, name), now);
            continue;
        }
        running_.push_back(std::make_unique<Operation>(fleet, *server, request));
        progress_.began(*running_.back());
    }
}

// All that has to be sent now, at once. False: nothing had to.
bool Runner::send() {
    std::vector<Order> orders;
    std::vector<std::pair<Operation*, std::size_t>> askers;
    for (const auto& operation : running_) {
        auto wanted = operation->orders(steady_now());
        if (!wanted.empty()) {
            askers.emplace_back(operation.get(), wanted.size());
            std::ranges::move(wanted, std::back_inserter(orders));
        }
    }
    if (orders.empty()) {
        return false;
    }
    const std::vector<OrderResult> results = targets_.send(orders);
    std::size_t begin = 0;
    for (const auto& [operation, count] : askers) {
        operation->answered(std::span(results).subspan(begin, count), steady_now());
        begin += count;
    }
    return true;
}

void Runner::collect(Turns& turns) {
    const Millis now = steady_now();
    std::erase_if(running_, [&](const std::unique_ptr<Operation>& operation) {
        if (operation->verdict() == Verdict::running) {
            return false;
        }
        if (code_ == ExitCode::done) {
            code_ = exit_code(operation->verdict());
        }
        progress_.ended(*operation, now);
        turns.ended(operation->name(), operation->verdict(), operation->text(), now);
        return true;
    });
}

ExitCode Runner::run(Fleet fleet, Turns& turns, const OperationRequest& request) {
    for (;;) {
        begin(fleet, turns, request);
        collect(turns);
        // What an answer leads to follows at once, silent targets are asked again after a rest.
        const bool sent = send();
        collect(turns);
        if (running_.empty() && turns.over()) {
            return code_;
        }
        const bool idle = running_.empty();
        progress_.moved(running_, idle ? turns.waiting_for(steady_now()) : "", steady_now());
        if (targets_.rest(sent ? interval / 4 : interval, &interrupt_)) {
            progress_.interrupted(running_);
            return ExitCode::interrupted;
        }
        Fleet seen = targets_.look(&interrupt_);
        for (const auto& operation : running_) {
            operation->look(seen, steady_now());
        }
        fleet = std::move(seen);
        collect(turns);
    }
}

}  // namespace lbdrain::ctl
