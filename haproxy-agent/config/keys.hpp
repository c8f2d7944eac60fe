// Every key that agent.yaml may have: the one list that the reader goes by and that
// docs/agent-configuration.md is tested against.
#pragma once

#include <span>

#include "lbdrain/yaml/section.hpp"

namespace lbdrain::agent::yaml {

using namespace lbdrain::yaml;

namespace sections {
extern const Section file, listen, api, log, balancer, haproxy, nginx, service, drain, agent_check,
    load_weight, server, hook, http, signal, ready;
}  // namespace sections

// All of them, in the order of the reference.
std::span<const Section* const> all_sections() noexcept;

}  // namespace lbdrain::agent::yaml
