// A reporter for tests of the runner's parts.
#pragma once

#include <algorithm>
#include <string_view>
#include <vector>

#include "runner/reporter.hpp"

namespace lbdrain::hook::test {

/// Keeps what is reported.
struct Recorder final : Reporter {
    void report(const Event& event) override { events.push_back(event); }
    bool saw(std::string_view text) const {
        return std::ranges::any_of(events, [&](const Event& e) { return e.text.contains(text); });
    }

    std::vector<Event> events;
};

}  // namespace lbdrain::hook::test
