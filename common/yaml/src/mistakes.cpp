#include "lbdrain/yaml/mistakes.hpp"

#include <algorithm>
#include <map>
#include <utility>

namespace lbdrain::yaml {

void Mistakes::add(Position at, std::string message) {
    ConfigError error{file_, at.line, at.column, std::move(message)};
    if (std::ranges::find(errors_, error) != errors_.end()) {
        return;
    }
    if (errors_.size() == kMaxConfigErrors) {
        more_ = true;
        return;
    }
    errors_.push_back(std::move(error));
}

std::vector<ConfigError> Mistakes::take() {
    // By place; several of one place in the order of their finding.
    std::multimap<std::pair<int, int>, ConfigError> by_place;
    for (ConfigError& error : errors_) {
        const std::pair place(error.line, error.column);
        by_place.emplace(place, std::move(error));
    }
    errors_.clear();
    for (auto& [place, error] : by_place) {
        errors_.push_back(std::move(error));
    }
    if (more_) {
        errors_.push_back({file_, 0, 0, "more mistakes are not shown"});
    }
    return std::move(errors_);
}

}  // namespace lbdrain::yaml
