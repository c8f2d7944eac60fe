#include "walk.hpp"

#include <algorithm>
#include <array>
#include <cstring>

namespace lbdrain::test {

void Walk::rule(bool holds, const char* text) {
    if (!holds && broken_.empty()) {
        broken_ = text;
    }
}

void Walk::note(const std::string& event) {
    history_.push_back("  " + std::to_string(now_) + " " + event + " -> " +
                       std::string(to_string(s_.state)) + "/" + std::string(to_string(s_.goal)));
    if (history_.size() > 15) {
        history_.pop_front();
    }
}

std::string Walk::run(int steps) {
    for (int i = 0; i < steps; ++i) {
        step();
        ++seen_.steps;
        if (!broken_.empty()) {
            std::string text = broken_ + "\n  at step " + std::to_string(i) + ", after:\n";
            for (const std::string& line : history_) {
                text += line + "\n";
            }
            return text;
        }
    }
    return {};
}

void Walk::step() {
    const Millis tick = dice_.percent(1)    ? 600'000 + dice_.up_to(3'600'000)
                        : dice_.percent(10) ? 0
                                            : dice_.up_to(1'500);
    now_ += tick;
    longest_tick_ = std::max(longest_tick_, tick);
    world_.live(effects(s_, now_), s_.state != ServerState::draining, now_);
    if (dice_.percent(4)) {
        random_command();
    }
    if (dice_.percent(2)) {
        crash();
    }
    if (dice_.percent(1) && !effects(s_, now_).run) {
        world_.somebody_starts_it();
    }

    const Observation seen = world_.observe(now_);
    const Sequence before = s_;
    const Effects wanted = advance(s_, seen, now_);
    if (before.state != s_.state) {
        note("advance");
    }
    check_advance(before, seen);
    check_both(before);

    Sequence again = s_;
    const Effects repeated = advance(again, seen, now_);
    rule(again.state == s_.state && again.run == s_.run && repeated.run == wanted.run &&
             repeated.in_rotation == wanted.in_rotation,
         "looking twice at the same moment changes nothing");
    world_.obey(wanted.run, now_);
}

// Only the bytes of the sequence survive.
void Walk::crash() {
    std::array<unsigned char, sizeof(Sequence)> file{};
    std::memcpy(file.data(), &s_, sizeof(Sequence));
    s_ = Sequence{};
    std::memcpy(&s_, file.data(), sizeof(Sequence));
    world_.crash();
    ++seen_.crashes;
    note("crash");
}

Command Walk::choose() {
    static constexpr std::array commands{&ask::drain, &ask::stop, &ask::start,      &ask::restart,
                                         &ask::ready, &ask::down, &ask::force_ready};
    Command c = dice_.one_of(commands)();
    c.check = c.check && !dice_.percent(20);
    c.start_hook = c.start_hook && !dice_.percent(20);
    c.policy.drain_timeout = dice_.one_of(std::array<Millis, 3>{0, 5'000, 30'000});
    c.policy.settle = dice_.one_of(std::array<Millis, 4>{0, 500, 1'000, 3'000});
    c.policy.slow_start = dice_.one_of(std::array<Millis, 2>{0, 5'000});
    c.policy.on_timeout =
        dice_.one_of(std::array{OnTimeout::readmit, OnTimeout::stop, OnTimeout::wait});
    return c;
}

void Walk::random_command() {
    const Command c = choose();
    const Sequence before = s_;
    const Answer answer = command(s_, c, next_id_++, now_);
    ++seen_.commands;
    note(std::string(to_string(c.goal)) + (c.force ? " by force " : " ") +
         std::string(name(answer)));
    check_command(before, c, answer);
    check_both(before);
    world_.obey(effects(s_, now_).run, now_);
}

}  // namespace lbdrain::test
