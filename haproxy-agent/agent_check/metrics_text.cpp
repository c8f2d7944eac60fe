#include "agent_check/metrics_text.hpp"

#include <charconv>
#include <cstddef>
#include <limits>
#include <optional>

namespace lbdrain::agent_check {
namespace {

bool starts_name(char c) {
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '_' || c == ':';
}

bool in_name(char c) {
    return starts_name(c) || (c >= '0' && c <= '9');
}

void skip_blanks(std::string_view& text) {
    while (!text.empty() && (text.front() == ' ' || text.front() == '\t')) {
        text.remove_prefix(1);
    }
}

std::string_view take_name(std::string_view& text) {
    std::size_t size = 0;
    while (size < text.size() && (size == 0 ? starts_name(text[0]) : in_name(text[size]))) {
        ++size;
    }
    const auto name = text.substr(0, size);
    text.remove_prefix(size);
    return name;
}

// After the opening brace: the labels, with the closing one taken. A brace or a quotation mark may
// stand within a value, the latter behind a backslash.
std::optional<std::string_view> take_labels(std::string_view& text) {
    bool quoted = false;
    for (std::size_t i = 0; i < text.size(); ++i) {
        if (quoted && text[i] == '\\') {
            ++i;
        } else if (text[i] == '"') {
            quoted = !quoted;
        } else if (text[i] == '}' && !quoted) {
            const auto labels = text.substr(0, i);
            text.remove_prefix(i + 1);
            return labels;
        }
    }
    return std::nullopt;
}

std::string_view take_word(std::string_view& text) {
    const auto word = text.substr(0, text.find_first_of(" \t"));
    text.remove_prefix(word.size());
    return word;
}

std::optional<double> number(std::string_view word) {
    if (word == "NaN") {
        return std::numeric_limits<double>::quiet_NaN();
    }
    const bool negative = word.starts_with('-');
    if (word.starts_with('+') || negative) {
        word.remove_prefix(1);
    }
    if (word == "Inf") {
        const double infinite = std::numeric_limits<double>::infinity();
        return negative ? -infinite : infinite;
    }
    // from_chars alone would take "inf", "nan(x)" and a second sign.
    if (word.empty() || ((word.front() < '0' || word.front() > '9') && word.front() != '.')) {
        return std::nullopt;
    }
    double value = 0;
    const auto [end, error] = std::from_chars(word.data(), word.data() + word.size(), value);
    if (error != std::errc{} || end != word.data() + word.size()) {
        return std::nullopt;
    }
    return negative ? -value : value;
}

std::optional<MetricSample> read_sample(std::string_view line) {
    MetricSample sample;
    sample.name = take_name(line);
    skip_blanks(line);
    if (line.starts_with('{')) {
        line.remove_prefix(1);
        const auto labels = take_labels(line);
        if (!labels) {
            return std::nullopt;
        }
        sample.labels = *labels;
        skip_blanks(line);
    }
    const auto value = number(take_word(line));
    skip_blanks(line);
    const auto timestamp = take_word(line);
    skip_blanks(line);
    if (sample.name.empty() || !value || !line.empty() ||
        (!timestamp.empty() && !number(timestamp))) {
        return std::nullopt;
    }
    sample.value = *value;
    return sample;
}

}  // namespace

std::expected<void, std::string> read_metrics(
    std::string_view text, const std::function<void(const MetricSample&)>& visit) {
    for (std::size_t number = 1; !text.empty(); ++number) {
        const auto end = text.find('\n');
        if (end == std::string_view::npos) {
            return std::unexpected("the metrics are cut off in line " + std::to_string(number));
        }
        auto line = text.substr(0, end);
        text.remove_prefix(end + 1);
        if (line.ends_with('\r')) {
            line.remove_suffix(1);
        }
        skip_blanks(line);
        if (line.empty() || line.front() == '#') {
            continue;
        }
        const auto sample = read_sample(line);
        if (!sample) {
            return std::unexpected("line " + std::to_string(number) + " of the metrics is none");
        }
        visit(*sample);
    }
    return {};
}

}  // namespace lbdrain::agent_check
