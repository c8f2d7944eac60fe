// The Coordinator that the configuration names. Only `local` is there: a directory of this machine.
#pragma once

#include <expected>
#include <memory>
#include <string>

#include "config/config.hpp"
#include "lbdrain/coordination/coordinator.hpp"

namespace lbdrain::ctl {

// Error: a line for people. What it warns of later goes to standard error.
std::expected<std::unique_ptr<Coordinator>, std::string> make_coordinator(const CtlConfig& config);

}  // namespace lbdrain::ctl
