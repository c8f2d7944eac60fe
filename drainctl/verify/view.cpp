#include "verify/view.hpp"

#include <array>
#include <cstdio>

#include "verify/report.hpp"

namespace lbdrain::ctl {
namespace {

constexpr Micros seldom = 5 * per_second;

std::string doing(Stage stage, const std::string& action) {
    switch (stage) {
        case Stage::warming:
            return "warming up";
        case Stage::acting:
            return "running " + action;
        case Stage::cooling:
            return "after the action";
        case Stage::timed:
            return "running";
        case Stage::ending:
            break;
    }
    return "waiting for what is in flight";
}

std::string clock_text(Micros now) {
    std::array<char, 32> text{};
    (void)std::snprintf(text.data(), text.size(), "%6.1f s", static_cast<double>(now) / 1e6);
    return text.data();
}

std::string failures_text(const Statistics& statistics) {
    std::string text;
    for (const auto& [name, count] : statistics.details()) {
        text += (text.empty() ? "" : ", ") + std::to_string(count) + " " + harmless(name);
    }
    return text;
}

}  // namespace

void TextView::moved(const Now& now, const Statistics& statistics) {
    const bool live = lines_.terminal().live;
    if (now.now - last_rate_at_ >= per_second) {
        const double span = static_cast<double>(now.now - last_rate_at_) / 1e6;
        std::array<char, 64> text{};
        (void)std::snprintf(text.data(), text.size(), ", %.1f requests/s, %.0f tokens/s",
                            static_cast<double>(statistics.total() - last_ended_) / span,
                            static_cast<double>(statistics.tokens() - last_tokens_) / span);
        rate_ = text.data();
        last_rate_at_ = now.now;
        last_ended_ = statistics.total();
        last_tokens_ = statistics.tokens();
    }
    if (!live && now.now - last_plain_ < seldom) {
        return;
    }
    last_plain_ = now.now;
    const std::string failed =
        statistics.failed() == 0
            ? std::string("0 failed")
            : std::to_string(statistics.failed()) + " failed: " + failures_text(statistics);
    const std::string line =
        clock_text(now.now) + "  " + std::to_string(statistics.ok()) + " ok, " +
        styled(lines_.terminal(), statistics.failed() > 0 ? Style::bad : Style::plain, failed);
    if (!live) {
        lines_.print(line + "; " + std::to_string(now.in_flight) + " in flight" + rate_);
        return;
    }
    lines_.show({styled(lines_.terminal(), Style::strong, doing(now.stage, action_)) + "  " +
                     std::to_string(now.in_flight) + " in flight" + rate_,
                 line});
}

void TextView::said(const std::string& line) {
    lines_.print(styled(lines_.terminal(), Style::faint, "| ") + harmless(line));
}

void TextView::stage_began(Stage stage, Micros now) {
    lines_.print(clock_text(now) + "  " +
                 styled(lines_.terminal(), Style::strong, doing(stage, action_)));
}

}  // namespace lbdrain::ctl
