#include "runtime/text.hpp"

#include <algorithm>

namespace lbdrain::haproxy {

std::optional<std::string_view> take_line(std::string_view& text) {
    if (text.empty()) {
        return std::nullopt;
    }
    const auto end = std::min(text.find('\n'), text.size());
    auto line = text.substr(0, end);
    text.remove_prefix(std::min(end + 1, text.size()));
    if (line.ends_with('\r')) {
        line.remove_suffix(1);
    }
    return line;
}

std::vector<std::string_view> words_of(std::string_view line) {
    constexpr std::string_view blanks = " \t";
    std::vector<std::string_view> words;
    for (auto begin = line.find_first_not_of(blanks); begin != std::string_view::npos;) {
        const auto end = std::min(line.find_first_of(blanks, begin), line.size());
        words.push_back(line.substr(begin, end - begin));
        begin = line.find_first_not_of(blanks, end);
    }
    return words;
}

std::string excerpt(std::string_view text, std::size_t longest) {
    std::string result = "\"";
    for (const char c : text.substr(0, longest)) {
        const bool printable = c >= ' ' && c <= '~';
        result += printable ? c : (c == '\n' ? ' ' : '?');
    }
    return result + (text.size() > longest ? "...\"" : "\"");
}

}  // namespace lbdrain::haproxy
