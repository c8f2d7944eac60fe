// Every key that agent.yaml may have: the one list that the reader goes by and that
// docs/agent-configuration.md is tested against.
#pragma once

#include <span>
#include <string_view>

namespace lbdrain::agent::yaml {

struct Key {
    std::string_view name;
    std::string_view type;      // for the reference
    std::string_view fallback;  // for the reference: the default, "required", or "none"
    std::string_view expected;  // for messages: "expected " and this
};

inline constexpr std::string_view kRequired = "required";

// The keys of one kind of mapping.
struct Section {
    std::string_view name;  // its heading in the reference
    std::span<const Key> keys;

    const Key* find(std::string_view key) const noexcept;
};

namespace sections {
extern const Section file, listen, api, log, balancer, haproxy, nginx, service, drain, agent_check,
    load_weight, server, hook, http, signal, ready;
}  // namespace sections

// All of them, in the order of the reference.
std::span<const Section* const> all_sections() noexcept;

}  // namespace lbdrain::agent::yaml
