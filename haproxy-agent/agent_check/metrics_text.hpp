// Reads Prometheus' text format: only names and values, strictly, from bytes of any kind.
// Stateless; nothing is copied.
#pragma once

#include <expected>
#include <functional>
#include <string>
#include <string_view>

namespace lbdrain::agent_check {

struct MetricSample {
    std::string_view name;    // points into the text
    std::string_view labels;  // between the braces, as they stand; empty: none
    double value = 0;         // may be NaN or infinite
};

// Calls `visit` for each sample. The error names the first line that is none, after those before it
// were visited; a last line without its end was cut off somewhere and is one.
std::expected<void, std::string> read_metrics(
    std::string_view text, const std::function<void(const MetricSample&)>& visit);

}  // namespace lbdrain::agent_check
