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

// What begins on the others alone is stopped while the one that is silent goes on sending requests.
bool Runner::complete(const Fleet& fleet) {
    for (std::size_t i = 0; i < fleet.targets.size(); ++i) {
        const FleetTarget& target = fleet.targets[i];
        if (needed_[i] && target.error) {
            silent_ = target.name + " does not answer: " + target.error->text;
            silent_since_ = silent_since_ < 0 ? steady_now() : silent_since_;
            return false;
        }
    }
    silent_.clear();
    silent_since_ = -1;
    return true;
}

void Runner::begin(const Fleet& fleet, Turns& turns, const OperationRequest& request) {
    const Millis now = steady_now();
    for (const ServerSpec& name : turns.next(fleet, now)) {
        const FleetServer* server = fleet.find(name);
        if (server == nullptr) {
            code_ = code_ == ExitCode::done ? ExitCode::failed : code_;
            obstacle_ = unknown_server(fleet, name);
            turns.ended(name, Verdict::failed, obstacle_, now);
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
    for (const FleetTarget& target : fleet.targets) {
        needed_.push_back(!target.error);
    }
    for (;;) {
        if (complete(fleet)) {
            begin(fleet, turns, request);
        }
        collect(turns);
        // What an answer leads to follows at once, silent targets are asked again after a rest.
        const bool sent = send();
        collect(turns);
        if (running_.empty() && turns.over()) {
            return code_;
        }
        const Millis now = steady_now();
        if (running_.empty() && silent_since_ >= 0 && now - silent_since_ >= request.patience) {
            obstacle_ = silent_;
            return code_ == ExitCode::done ? ExitCode::unreachable : code_;
        }
        std::string waiting_for;
        if (running_.empty()) {
            waiting_for = silent_.empty() ? turns.waiting_for(now) : silent_;
        }
        progress_.moved(running_, waiting_for, now);
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
