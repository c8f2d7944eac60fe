// `drainctl systemd-dropin UNIT`: the drop-in that makes a unit call the hooks. A pure function.
#pragma once

#include <string>

#include "config/config.hpp"

namespace lbdrain::ctl {

struct DropinOptions {
    std::string unit;       // "vllm-a.service", "vllm@.service" or one of its instances
    std::string program;    // drainctl's absolute path
    std::string arguments;  // drainctl's own, before "hook": " --config FILE"; mostly empty
};

std::string dropin(const CtlConfig& config, const DropinOptions& options);

}  // namespace lbdrain::ctl
