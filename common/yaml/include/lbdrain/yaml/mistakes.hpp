// Collects what is wrong with a file while it is read. One thread.
#pragma once

#include <cstddef>
#include <string>
#include <vector>

#include "lbdrain/yaml/config_error.hpp"
#include "lbdrain/yaml/tree.hpp"

namespace lbdrain::yaml {

// What was found after this many errors is not told.
inline constexpr std::size_t kMaxConfigErrors = 50;

class Mistakes {
  public:
    explicit Mistakes(std::string file) : file_(std::move(file)) {}

    // What is said of the same place twice, as happens below an alias, is noted once; beyond
    // kMaxConfigErrors only that there were more.
    void add(Position at, std::string message);

    bool none() const noexcept { return errors_.empty(); }

    // In the order of the file.
    std::vector<ConfigError> take();

  private:
    std::string file_;
    std::vector<ConfigError> errors_;
    bool more_ = false;
};

}  // namespace lbdrain::yaml
