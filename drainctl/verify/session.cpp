#include "verify/session.hpp"

#include <sys/resource.h>

#include <algorithm>
#include <csignal>
#include <utility>

namespace lbdrain::ctl {
namespace {

constexpr Micros tick = per_second / 4;
constexpr Micros grace_of_action = 5 * per_second;  // after an interrupt

Micros cpu_time() {
    rusage usage{};
    ::getrusage(RUSAGE_SELF, &usage);
    return (usage.ru_utime.tv_sec + usage.ru_stime.tv_sec) * per_second + usage.ru_utime.tv_usec +
           usage.ru_stime.tv_usec;
}

std::size_t peak_memory_kib() {
    rusage usage{};
    ::getrusage(RUSAGE_SELF, &usage);
    return static_cast<std::size_t>(usage.ru_maxrss);
}

}  // namespace

Session::Session(SessionOptions options, http::Heeded& interrupt, SessionView& view)
    : options_(std::move(options)),
      interrupt_(interrupt),
      view_(view),
      generator_(options_.traffic, statistics_),
      action_([this](const std::string& line) { view_.said(line); }),
      stage_(options_.action.empty() ? Stage::timed : Stage::warming) {
    end_.acted = options_.action.empty();
}

SessionEnd Session::run() {
    const Micros cpu_before = cpu_time();
    const Micros began = generator_.now();
    view_.stage_began(stage_, began);
    while (!over_) {
        std::vector<pollfd> also = interrupt_.also_poll();
        const auto of_interrupt = static_cast<std::ptrdiff_t>(also.size());
        const std::vector<pollfd> of_action = action_.also_poll();
        also.insert(also.end(), of_action.begin(), of_action.end());
        generator_.turn(generator_.now() + tick, also);
        if (interrupt_.heed({also.begin(), also.begin() + of_interrupt})) {
            interrupted();
            break;
        }
        action_.heed();
        step();
        draw(false);
    }
    draw(true);
    end_.wall = std::max<Micros>(1, generator_.now() - began);
    end_.cpu_share = static_cast<double>(cpu_time() - cpu_before) / static_cast<double>(end_.wall);
    end_.peak_kib = peak_memory_kib();
    end_.longest_turn = generator_.longest_turn();
    end_.begun = generator_.begun();
    end_.not_sent = generator_.not_sent();
    return end_;
}

void Session::enter(Stage stage) {
    stage_ = stage;
    stage_began_ = generator_.now();
    if (stage == Stage::ending) {
        generator_.stop();
    }
    view_.stage_began(stage, stage_began_);
}

bool Session::warm() const {
    const bool served = options_.traffic.rate > 0
                            ? statistics_.ok() > 0
                            : generator_.served_clients() == options_.traffic.concurrency;
    return generator_.now() >= options_.warm_up && served;
}

bool Session::start_action() {
    const std::string why = action_.start(options_.action);
    if (!why.empty()) {
        end_.trouble = "cannot run " + options_.action.front() + ": " + why;
        return false;
    }
    end_.acted = true;
    end_.action_exit.reset();
    statistics_.action_began(generator_.now());
    return true;
}

void Session::step() {
    const Micros now = generator_.now();
    if (!generator_.broken().empty()) {
        end_.trouble = generator_.broken();
    }
    switch (stage_) {
        case Stage::warming: {
            const bool late = now >= options_.warm_up + options_.warm_up_limit;
            if (late && statistics_.ok() == 0) {
                end_.trouble = "no request was answered well, so the action was not run";
                enter(Stage::ending);
            } else if (warm() || late) {
                enter(start_action() ? Stage::acting : Stage::ending);
            }
            break;
        }
        case Stage::acting:
            if (action_.exit_code()) {
                end_.action_exit = action_.exit_code();
                statistics_.action_ended(now);
                enter(Stage::cooling);
            }
            break;
        case Stage::cooling:
            // Not before everything that the action met has ended, while others go on.
            if (now - stage_began_ >= options_.cool_down &&
                generator_.oldest_start() > statistics_.action_ended_at()) {
                enter(Stage::ending);
            }
            break;
        case Stage::timed:
            if (now >= options_.duration) {
                enter(Stage::ending);
            }
            break;
        case Stage::ending:
            over_ = generator_.in_flight() == 0;
            break;
    }
}

void Session::interrupted() {
    end_.interrupted = true;
    action_.signal(SIGINT);
    // drainctl as the action says how to go on; what does not heed it is killed.
    const Micros limit = generator_.now() + grace_of_action;
    generator_.stop();
    while (action_.running() && generator_.now() < limit) {
        std::vector<pollfd> also = action_.also_poll();
        generator_.turn(limit, also);
        action_.heed();
    }
    if (action_.exit_code()) {
        end_.action_exit = action_.exit_code();
    }
}

void Session::draw(bool force) {
    const Micros now = generator_.now();
    if (force || now >= next_draw_) {
        next_draw_ = now + tick;
        view_.moved({stage_, now, generator_.in_flight(), generator_.begun()}, statistics_);
    }
}

}  // namespace lbdrain::ctl
