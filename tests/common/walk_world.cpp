#include "walk_world.hpp"

#include <algorithm>

namespace lbdrain::test {

void World::live(const Effects& wanted, bool settled, Millis now) {
    for (Worker& worker : workers_) {
        std::erase_if(worker.requests, [&](Millis ends) { return ends <= now; });
        if (dice_.percent(40)) {
            worker.routes = wanted.in_rotation;
        } else if (!settled && dice_.percent(2)) {
            worker.routes = true;  // a reload: the new worker does not know yet
        }
        if (worker.routes && dice_.percent(30)) {
            const Millis length = dice_.percent(5) ? 120'000 : dice_.up_to(4'000);
            worker.requests.push_back(now + 1 + length);
        }
    }
}

void World::stop_signal() {
    cut_ += in_flight();
    for (Worker& worker : workers_) {
        worker.requests.clear();
    }
    alive_ = false;
}

void World::obey(const std::optional<Run>& wanted, Millis now) {
    if (wanted == runner_.run) {
        return;
    }
    ended_ = runner_;
    runner_ = {};
    if (!wanted) {
        return;
    }
    runner_.run = *wanted;
    runner_.ends = now + dice_.up_to(6'000);
    const auto lot = dice_.up_to(99);
    runner_.fate = lot < 75   ? RunStatus::succeeded
                   : lot < 90 ? RunStatus::failed
                   : lot < 95 ? RunStatus::running
                              : RunStatus::none;
    if (wanted->kind == RunKind::stop) {
        stop_signal();  // destructive from its first moment on
    }
}

RunStatus World::run_status(Millis now) {
    if (runner_.fate == RunStatus::none) {
        return RunStatus::none;
    }
    if (now < runner_.ends || runner_.fate == RunStatus::running) {
        return RunStatus::running;
    }
    if (runner_.fate == RunStatus::succeeded) {
        if (runner_.run.kind == RunKind::start) {
            alive_ = true;
        } else if (runner_.run.kind == RunKind::ready_check && !alive_) {
            return RunStatus::failed;
        }
    }
    return runner_.fate;
}

Observation World::observe(Millis now) {
    Observation seen;
    seen.complete = !dice_.percent(5);
    seen.out_of_rotation = true;
    for (std::size_t i = seen.complete ? 0 : 1; i < workers_.size(); ++i) {
        seen.in_flight += workers_[i].requests.size();
        seen.out_of_rotation = seen.out_of_rotation && !workers_[i].routes;
    }
    if (seen.in_flight > 0 && dice_.percent(20)) {
        seen.in_flight -= 1;
        seen.queued = 1;
    }
    if (ended_.run.kind != RunKind::none && dice_.percent(10)) {
        seen.run = ended_.run;
        seen.run_status = ended_.fate;
    } else {
        seen.run = runner_.run;
        seen.run_status = run_status(now);
    }
    return seen;
}

std::uint64_t World::in_flight() const {
    std::uint64_t sum = 0;
    for (const Worker& worker : workers_) {
        sum += worker.requests.size();
    }
    return sum;
}

bool World::routed() const {
    return std::ranges::any_of(workers_, &Worker::routes);
}

}  // namespace lbdrain::test
