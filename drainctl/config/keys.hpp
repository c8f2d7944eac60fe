// Every key that drainctl.yaml may have: the one list that the reader goes by and that
// docs/drainctl.md is tested against.
#pragma once

#include <span>

#include "lbdrain/yaml/section.hpp"

namespace lbdrain::ctl::sections {

extern const yaml::Section file, target, unit_hooks;

// All of them, in the order of the reference.
std::span<const yaml::Section* const> all() noexcept;

}  // namespace lbdrain::ctl::sections
