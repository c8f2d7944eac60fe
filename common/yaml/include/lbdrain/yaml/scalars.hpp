// Single values of configuration files: durations, numbers, words. Stateless; the node is always a
// scalar.
#pragma once

#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <utility>

#include "lbdrain/sequence.hpp"
#include "lbdrain/yaml/fault.hpp"
#include "lbdrain/yaml/tree.hpp"

namespace lbdrain::yaml {

// "250ms", "30s", "15m", "1h30m", "2d", in that order of units downwards, to 7 days at most, as the
// drain API and the hooks have it. Milliseconds.
Parsed<Millis> parse_duration(const YamlNode& node);

// The same and more than nothing.
Parsed<Millis> parse_positive_duration(const YamlNode& node);

// An integer within [low, high]; a quoted one is a text.
Parsed<std::int64_t> parse_integer(const YamlNode& node, std::int64_t low, std::int64_t high);

// A decimal number above 0.
Parsed<double> parse_positive_number(const YamlNode& node);

// true or false; YAML 1.1's yes and on are not guessed at.
Parsed<bool> parse_boolean(const YamlNode& node);

// "0660", with or without quotes: YAML's versions do not agree whether 0660 is octal, so it is read
// from the text, and 660 is refused.
Parsed<unsigned> parse_mode(const YamlNode& node);

// A text without line breaks and other control characters.
Parsed<std::string> parse_line(const YamlNode& node);

// One of a few words, by the value that stands next to it.
template <class T>
Parsed<T> parse_word(const YamlNode& node, std::span<const std::pair<std::string_view, T>> words) {
    for (const auto& [word, value] : words) {
        if (node.text == word) {
            return value;
        }
    }
    return fault("is unknown");
}

}  // namespace lbdrain::yaml
