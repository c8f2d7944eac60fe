#include "api/metrics_text.hpp"

#include <array>
#include <charconv>
#include <cmath>

#include "lbdrain/utf8.hpp"

namespace lbdrain::agent {
namespace {

std::string_view word(MetricsText::Type type) {
    switch (type) {
        case MetricsText::Type::counter:
            return "counter";
        case MetricsText::Type::gauge:
            return "gauge";
        case MetricsText::Type::histogram:
            return "histogram";
    }
    return "untyped";
}

std::string escaped(std::string_view bytes, bool quotes) {
    std::string out;
    for (const char c : to_utf8(bytes)) {
        if (c == '\n') {
            out += "\\n";
        } else if (c == '\\' || (quotes && c == '"')) {
            out += '\\';
            out += c;
        } else {
            out += c;
        }
    }
    return out;
}

std::string number(double value) {
    if (std::isnan(value)) {
        return "NaN";
    }
    if (std::isinf(value)) {
        return value > 0 ? "+Inf" : "-Inf";
    }
    std::array<char, 32> text{};
    const auto end = std::to_chars(text.data(), text.data() + text.size(), value).ptr;
    return {text.data(), end};
}

}  // namespace

void MetricsText::family(std::string_view name, Type type, std::string_view help) {
    name_ = name;
    text_ += "# HELP " + name_ + " " + escaped(help, false) + "\n";
    text_ += "# TYPE " + name_ + " " + std::string(word(type)) + "\n";
}

void MetricsText::sample(Labels labels, std::uint64_t value) {
    line({}, labels, nullptr, std::to_string(value));
}

void MetricsText::sample(Labels labels, double value) {
    line({}, labels, nullptr, number(value));
}

void MetricsText::histogram(Labels labels, std::span<const double> bounds,
                            std::span<const std::uint64_t> counts, double sum) {
    std::uint64_t total = 0;
    for (std::size_t i = 0; i < counts.size() && i <= bounds.size(); ++i) {
        total += counts[i];
        const std::string bound = i < bounds.size() ? number(bounds[i]) : "+Inf";
        const Label le{"le", bound};
        line("_bucket", labels, &le, std::to_string(total));
    }
    line("_sum", labels, nullptr, number(sum));
    line("_count", labels, nullptr, std::to_string(total));
}

void MetricsText::line(std::string_view suffix, Labels labels, const Label* more,
                       std::string_view value) {
    text_ += name_;
    text_ += suffix;
    char separator = '{';
    const auto add = [&](const Label& label) {
        text_ += separator;
        text_ += label.name;
        text_ += "=\"" + escaped(label.value, true) + "\"";
        separator = ',';
    };
    for (const Label& label : labels) {
        add(label);
    }
    if (more != nullptr) {
        add(*more);
    }
    if (separator == ',') {
        text_ += '}';
    }
    text_ += ' ';
    text_ += value;
    text_ += '\n';
}

}  // namespace lbdrain::agent
