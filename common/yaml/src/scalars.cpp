#include "lbdrain/yaml/scalars.hpp"

#include <algorithm>
#include <charconv>
#include <cmath>

namespace lbdrain::yaml {
namespace {

constexpr Millis kLongest = Millis{7} * 24 * 60 * 60 * 1000;

constexpr std::pair<std::string_view, Millis> kUnits[] = {
    {"d", 24 * 60 * 60 * 1000}, {"h", 60 * 60 * 1000}, {"m", 60 * 1000}, {"s", 1000}, {"ms", 1},
};

bool is_digit(char c) {
    return c >= '0' && c <= '9';
}

template <class Number>
bool read_all(std::string_view text, Number& to) {
    const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), to);
    return error == std::errc() && end == text.data() + text.size();
}

}  // namespace

Parsed<Millis> parse_duration(const YamlNode& node) {
    std::string_view rest = node.text;
    if (!rest.empty() && std::ranges::all_of(rest, is_digit)) {
        return fault("has no unit", "a duration with its unit such as " + node.text + "s");
    }
    Millis total = 0;
    std::size_t next_unit = 0;  // units go downwards, each once
    while (!rest.empty()) {
        const auto digits =
            static_cast<std::size_t>(std::ranges::find_if_not(rest, is_digit) - rest.begin());
        const std::string_view after = rest.substr(digits);
        const auto letters =
            static_cast<std::size_t>(std::ranges::find_if(after, is_digit) - after.begin());
        const auto unit = std::find_if(
            std::begin(kUnits) + next_unit, std::end(kUnits),
            [&](const auto& known) { return known.first == after.substr(0, letters); });
        if (digits == 0 || unit == std::end(kUnits)) {
            return fault("is no duration");
        }
        std::int64_t number = 0;
        if (!read_all(rest.substr(0, digits), number) || number > kLongest / unit->second) {
            return fault("is too long", "7d at most");
        }
        total += number * unit->second;
        next_unit = static_cast<std::size_t>(unit - std::begin(kUnits)) + 1;
        rest.remove_prefix(digits + letters);
    }
    if (node.text.empty()) {
        return fault("is no duration");
    }
    if (total > kLongest) {
        return fault("is too long", "7d at most");
    }
    return total;
}

Parsed<Millis> parse_positive_duration(const YamlNode& node) {
    auto duration = parse_duration(node);
    if (duration && *duration == 0) {
        return fault("is no time at all");
    }
    return duration;
}

Parsed<std::int64_t> parse_integer(const YamlNode& node, std::int64_t low, std::int64_t high) {
    std::int64_t number = 0;
    if (node.quoted) {
        return fault("is a text");
    }
    // A leading zero would be octal to some readers of YAML and decimal to others.
    const bool octal = node.text.size() > 1 && node.text.front() == '0';
    if (octal || !read_all(node.text, number)) {
        return fault("is no whole number");
    }
    if (number < low || number > high) {
        return fault("is out of range");
    }
    return number;
}

Parsed<double> parse_positive_number(const YamlNode& node) {
    double number = 0;
    if (node.quoted) {
        return fault("is a text");
    }
    if (!read_all(node.text, number) || !std::isfinite(number)) {
        return fault("is no number");
    }
    if (number <= 0 || number > 1e9) {
        return fault("is out of range");
    }
    return number;
}

Parsed<bool> parse_boolean(const YamlNode& node) {
    if (node.quoted) {
        return fault("is a text", "true or false, without quotes");
    }
    if (node.text != "true" && node.text != "false") {
        return fault("is no boolean");
    }
    return node.text == "true";
}

Parsed<unsigned> parse_mode(const YamlNode& node) {
    const auto is_octal = [](std::string_view text) {
        return !text.empty() && text.size() <= 4 &&
               std::ranges::all_of(text, [](char c) { return c >= '0' && c <= '7'; });
    };
    std::string digits = node.text;
    if (digits.starts_with("0o")) {
        digits.erase(1, 1);
    }
    if (!is_octal(digits)) {
        return fault("is no octal number");
    }
    if (digits.size() != 4 || digits.front() != '0') {
        return fault("is not clearly octal", "four digits, the first of them 0, such as \"0660\"");
    }
    unsigned mode = 0;
    for (const char c : digits) {
        mode = mode * 8 + static_cast<unsigned>(c - '0');
    }
    return mode;
}

Parsed<std::string> parse_line(const YamlNode& node) {
    if (node.text.empty()) {
        return fault("is empty");
    }
    if (std::ranges::any_of(node.text, [](char c) {
            const auto byte = static_cast<unsigned char>(c);
            return byte < 0x20 || byte == 0x7F;
        })) {
        return fault("holds a line break or another control character");
    }
    return node.text;
}

}  // namespace lbdrain::yaml
