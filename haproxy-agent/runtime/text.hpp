// Small readers of HAProxy's text. Stateless; they take any bytes.
#pragma once

#include <charconv>
#include <cstddef>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace lbdrain::haproxy {

// The whole text is one decimal number that fits.
template <typename Number>
std::optional<Number> number_from(std::string_view text) {
    Number number{};
    const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), number);
    if (error != std::errc{} || end != text.data() + text.size()) {
        return std::nullopt;
    }
    return number;
}

// Takes the next line off `text`, without its newline (nor a CR before it); nothing at the end.
std::optional<std::string_view> take_line(std::string_view& text);

// Separated by blanks and tabs, never empty.
std::vector<std::string_view> words_of(std::string_view line);

// For error messages: the beginning, in quotes, on one line, printable.
std::string excerpt(std::string_view text, std::size_t longest = 80);

}  // namespace lbdrain::haproxy
