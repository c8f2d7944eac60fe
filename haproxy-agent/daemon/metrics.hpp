// The agent's /metrics: servers, balancers, drains, hooks, agent-checks.
#pragma once

#include <string>

#include "agent_check/responder.hpp"
#include "core/drains.hpp"

namespace lbdrain::agent {

std::string metrics_text(const Drains& drains, const agent_check::ResponderStats& checks);

}  // namespace lbdrain::agent
