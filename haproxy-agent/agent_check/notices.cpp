#include "agent_check/notices.hpp"

namespace lbdrain::agent_check {
namespace {

constexpr std::int64_t interval_ms = 10000;

}  // namespace

bool Notices::due(Kind kind, std::int64_t now_ms) noexcept {
    State& state = kinds_[static_cast<std::size_t>(kind)];
    if (now_ms >= state.next_ms) {
        return static_cast<bool>(notify_);
    }
    ++state.kept_back;
    return false;
}

void Notices::say(Kind kind, std::int64_t now_ms, std::string sentence) {
    State& state = kinds_[static_cast<std::size_t>(kind)];
    if (state.kept_back > 0) {
        sentence += " (and " + std::to_string(state.kept_back) + " more since the last notice)";
    }
    state = {.next_ms = now_ms + interval_ms, .kept_back = 0};
    notify_(sentence);
}

}  // namespace lbdrain::agent_check
