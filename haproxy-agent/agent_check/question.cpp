#include "agent_check/question.hpp"

namespace lbdrain::agent_check {
namespace {

constexpr std::size_t most_shown = 80;

bool is_blank(char c) noexcept {
    return c == ' ' || c == '\t';
}

std::string_view trimmed(std::string_view text) noexcept {
    while (!text.empty() && is_blank(text.front())) {
        text.remove_prefix(1);
    }
    while (!text.empty() && is_blank(text.back())) {
        text.remove_suffix(1);
    }
    return text;
}

}  // namespace

std::optional<std::string_view> first_line(std::string_view bytes) noexcept {
    const auto end = bytes.find('\n');
    if (end == std::string_view::npos) {
        return std::nullopt;
    }
    auto line = bytes.substr(0, end);
    if (line.ends_with('\r')) {
        line.remove_suffix(1);
    }
    return trimmed(line);
}

bool can_be_asked(std::string_view name) noexcept {
    using namespace std::string_view_literals;
    return !name.empty() && name.size() <= max_name && trimmed(name) == name &&
           name.find_first_of("\r\n\0"sv) == std::string_view::npos;
}

std::string printable(std::string_view bytes) {
    std::string text(bytes.substr(0, most_shown));
    for (char& c : text) {
        if (c < 0x20 || c > 0x7E) {
            c = '?';
        }
    }
    if (bytes.size() > most_shown) {
        text += "...";
    }
    return text;
}

}  // namespace lbdrain::agent_check
