#include "config/mistakes.hpp"

#include <algorithm>
#include <tuple>

#include "config/read_config.hpp"

namespace lbdrain::agent::yaml {

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
    std::ranges::stable_sort(
        errors_, {}, [](const ConfigError& error) { return std::tuple(error.line, error.column); });
    if (more_) {
        errors_.push_back({file_, 0, 0, "more mistakes are not shown"});
    }
    return std::move(errors_);
}

}  // namespace lbdrain::agent::yaml
