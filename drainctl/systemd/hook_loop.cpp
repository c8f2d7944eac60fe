#include "systemd/hook_loop.hpp"

#include <algorithm>
#include <chrono>
#include <memory>

namespace lbdrain::ctl {
namespace {

constexpr Millis kInterval = 150;       // between two looks
constexpr Millis kAfterOrder = 20;      // the next target is to hear of it soon
constexpr Millis kNotifyEvery = 1'000;  // an extension of the time-out
constexpr Millis kLogEvery = 30'000;    // a line of the journal while only numbers change
constexpr Millis kExtension = 10'000;   // survives a look that takes long

Millis now_ms() {
    return std::chrono::duration_cast<std::chrono::milliseconds>(
               std::chrono::steady_clock::now().time_since_epoch())
        .count();
}

std::vector<TargetConfig> without(const std::vector<TargetConfig>& targets,
                                  std::span<const std::string> left_out) {
    std::vector<TargetConfig> rest;
    for (const TargetConfig& target : targets) {
        if (std::ranges::find(left_out, target.name) == left_out.end()) {
            rest.push_back(target);
        }
    }
    return rest;
}

// A look and what is sent after it may take this long.
Millis longest_round(const std::vector<TargetConfig>& targets) {
    Millis longest = 0;
    for (const TargetConfig& target : targets) {
        longest = std::max(longest, target.timeout);
    }
    return 2 * longest;
}

// Before the first number: what is going on, without how far it is.
std::string kind_of(const std::string& status) {
    return status.substr(0, status.find_first_of(":;"));
}

// STATUS= once a second; to the journal when it is another kind of wait.
class Reporter {
  public:
    Reporter(const Messenger& messenger, Millis extension)
        : messenger_(messenger), extension_(extension) {}

    void report(UnitTask& task, Millis now) {
        for (const Line& line : task.take_lines()) {
            messenger_.log(line);
        }
        const std::string& status = task.status();
        if (task.over()) {
            messenger_.notify(status);
            return;
        }
        const bool other = kind_of(status) != kind_;
        if (!status.empty() && (other || now - logged_ >= kLogEvery)) {
            messenger_.log({false, status});
            logged_ = now;
        }
        if (other || now - notified_ >= kNotifyEvery) {
            kind_ = kind_of(status);
            messenger_.notify(status, extension_);
            notified_ = now;
        }
    }

  private:
    const Messenger& messenger_;
    Millis extension_;
    std::string kind_;
    Millis notified_ = 0;
    Millis logged_ = 0;
};

}  // namespace

int run_task(UnitTask& task, const std::vector<TargetConfig>& targets, const Messenger& messenger,
             Interrupt& interrupt) {
    Reporter reporter(messenger, kExtension + longest_round(targets));
    auto asked = std::make_unique<Targets>(targets);
    Fleet seen;
    Millis pause = 0;
    while (true) {
        if (asked->configs().size() + task.left_out().size() > targets.size()) {
            asked = std::make_unique<Targets>(without(targets, task.left_out()));
            seen = {};  // its targets have other numbers
        }
        task.before_look();
        Fleet fleet = asked->look(&interrupt);
        if (!interrupt.came()) {
            seen = std::move(fleet);
            const std::vector<Order> orders = task.look(seen, now_ms());
            pause = kInterval;
            if (!orders.empty()) {
                const std::vector<OrderResult> results = asked->send(orders);
                task.heard(orders, results, now_ms());
                const bool taken =
                    std::ranges::any_of(results, [](const auto& one) { return one.has_value(); });
                pause = taken ? kAfterOrder : kInterval;
            }
            reporter.report(task, now_ms());
            if (task.over()) {
                return *task.over();
            }
        }
        if (interrupt.came() || asked->rest(pause, &interrupt)) {
            (void)asked->send(task.interrupted(seen));
            for (const Line& line : task.take_lines()) {
                messenger.log(line);
            }
            messenger.log({true, "interrupted while " + task.status() +
                                     "; what was commanded goes on at the balancers"});
            return kInterrupted;
        }
    }
}

}  // namespace lbdrain::ctl
