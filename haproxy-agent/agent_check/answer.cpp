#include "agent_check/answer.hpp"

#include <algorithm>
#include <array>
#include <charconv>

namespace lbdrain::agent_check {
namespace {

std::string_view word(Answer::AdminWord admin) {
    switch (admin) {
        case Answer::AdminWord::ready:
            return " ready";
        case Answer::AdminWord::drain:
            return " drain";
        case Answer::AdminWord::maint:
            return " maint";
        case Answer::AdminWord::none:
            break;
    }
    return {};
}

// On one line, no blanks at its ends, bounded.
FixedText<max_reason> tidy(std::string reason) {
    std::ranges::replace_if(
        reason, [](unsigned char c) { return c < 0x20 || c == 0x7F; }, ' ');
    const auto first = reason.find_first_not_of(' ');
    if (first == std::string::npos) {
        return {};
    }
    const auto last = reason.find_last_not_of(' ');
    return std::string_view(reason).substr(first, last - first + 1);
}

}  // namespace

Line to_line(const Answer& answer) {
    Line line = answer.health == Answer::Health::up ? "up" : "down";
    line.append(word(answer.admin));
    if (answer.weight_percent) {
        std::array<char, 12> digits{};
        const auto end = std::to_chars(digits.begin(), digits.end(),
                                       std::min(*answer.weight_percent, max_weight_percent));
        line.append(" ");
        line.append({digits.begin(), end.ptr});
        line.append("%");
    }
    // HAProxy takes `#` for a comment only at the beginning of a word: `down#x` is an unknown one.
    if (const auto reason = tidy(answer.reason);
        !reason.empty() && answer.health == Answer::Health::down) {
        line.append(" #");
        line.append(reason.view());
    }
    line.append("\n");
    return line;
}

bool is_line(std::string_view line) noexcept {
    using namespace std::string_view_literals;
    return line.ends_with('\n') && line.find_first_of("\r\n\0"sv) == line.size() - 1 &&
           Line(line).view() == line;
}

}  // namespace lbdrain::agent_check
