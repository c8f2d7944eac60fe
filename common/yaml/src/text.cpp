#include "text.hpp"

#include <algorithm>
#include <array>
#include <string>

#include "lbdrain/utf8.hpp"

namespace lbdrain::yaml {
namespace {

Position position_of(std::string_view text, std::size_t offset) {
    const std::string_view before = text.substr(0, offset);
    const auto line = std::ranges::count(before, '\n');
    const std::size_t line_begin = before.rfind('\n') + 1;  // npos + 1 is 0
    return {static_cast<int>(line) + 1, static_cast<int>(offset - line_begin) + 1};
}

std::string_view line_of(std::string_view text, int number) {
    for (; number > 1; --number) {
        const std::size_t end = text.find('\n');
        if (end == std::string_view::npos) {
            return {};
        }
        text.remove_prefix(end + 1);
    }
    return text.substr(0, text.find('\n'));
}

bool tab_in_indentation(std::string_view line) {
    return line.substr(0, line.find_first_not_of(" \t")).contains('\t');
}

std::string hex(unsigned byte) {
    constexpr std::string_view digits = "0123456789abcdef";
    return {'0', 'x', digits[byte / 16], digits[byte % 16]};
}

struct Explanation {
    std::string_view parser;  // what yaml-cpp says
    std::string_view ours;
};

constexpr std::array kExplanations = {
    Explanation{"bad file", "nested too deeply"},
    Explanation{"end of map not found",
                "not valid YAML: this line does not go on with the mapping above, "
                "expected \"key: value\" at the indentation of its other keys"},
    Explanation{"end of sequence not found",
                "not valid YAML: this line does not go on with the list above, "
                "expected \"- item\" at the indentation of its other items"},
    Explanation{"end of map flow not found",
                "not valid YAML: expected \",\" or \"}\" here or before"},
    Explanation{"end of sequence flow not found",
                "not valid YAML: expected \",\" or \"]\" here or before"},
    Explanation{
        "illegal map value",
        "not valid YAML: a \":\" that ends no key, expected one \"key: value\" a line; is "
        "the line above without its \":\" or indented wrongly, or does a text need quotes?"},
    Explanation{"illegal flow end", "not valid YAML: \"}\" or \"]\" closes nothing that is open"},
    Explanation{"illegal block entry", "not valid YAML: no list can begin here"},
    Explanation{"unknown token",
                "not valid YAML: no text can begin with this character, expected it in quotes"},
    Explanation{"the referenced anchor is not defined",
                "the alias names an anchor (\"&name\") that does not stand above"},
    Explanation{"illegal tab when looking for indentation",
                "a tab in the indentation, expected spaces"},
};

}  // namespace

std::optional<YamlError> unreadable_byte(std::string_view text) {
    const std::string readable = to_utf8(text);
    const auto [bad, unused] = std::ranges::mismatch(text, readable);
    const auto control = std::ranges::find_if(text, [](char c) {
        const auto byte = static_cast<unsigned char>(c);
        return (byte < 0x20 && c != '\n' && c != '\r' && c != '\t') || byte == 0x7F;
    });
    const auto first = std::min(bad, control);
    if (first == text.end()) {
        return std::nullopt;
    }
    const std::string byte = "the byte " + hex(static_cast<unsigned char>(*first));
    return YamlError{position_of(text, static_cast<std::size_t>(first - text.begin())),
                     first == control ? byte + " is a control character, expected text"
                                      : byte + " is not UTF-8, expected UTF-8 text"};
}

YamlError explain(std::string_view text, Position at, std::string_view message) {
    if (tab_in_indentation(line_of(text, at.line))) {
        return {{at.line, 1}, "a tab in the indentation, expected spaces"};
    }
    for (const Explanation& known : kExplanations) {
        if (message == known.parser) {
            return {at, std::string(known.ours)};
        }
    }
    return {at, "not valid YAML: " + std::string(message)};
}

}  // namespace lbdrain::yaml
