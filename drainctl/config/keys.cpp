#include "config/keys.hpp"

namespace lbdrain::ctl::sections {
namespace {

using yaml::Key;
using yaml::kRequired;

constexpr std::string_view none = "none";
constexpr std::string_view a_duration = "a duration such as 250ms, 30s, 15m or 1h30m";
constexpr std::string_view a_path = "an absolute path such as /etc/lbdrain/edge-1.token";

constexpr Key file_keys[] = {
    {"targets", "mapping of names", "agent: {api: \"unix:/run/lbdrain/agent.sock\"}",
     "a mapping such as {edge-1: {api: \"http://10.0.0.2:8081/drain\"}}"},
    {"units", "mapping of units", none, "a mapping such as {vllm@.service: vllm/gpu-%i}"},
    {"max_unavailable", "integer", "1", "an integer from 1 to 10000"},
    {"state_dir", "path", "/var/lib/lbdrain/drainctl; below ~/.local/state for users",
     "an absolute path such as /var/lib/lbdrain/drainctl"},
    {"unit_hooks", "mapping", "", "a mapping such as {drain_timeout: 15m}"},
};

constexpr Key target_keys[] = {
    {"api", "URL or socket", kRequired,
     "\"unix:/run/lbdrain/agent.sock\" or a URL such as \"https://10.0.0.2:8081/drain\""},
    {"token_file", "path", none, a_path},
    {"ca_file", "path", "the system's", a_path},
    {"client_certificate", "path", none, a_path},
    {"client_key", "path", none, a_path},
    {"timeout", "duration", "5s", a_duration},
    {"services", "mapping of names", none, "a mapping such as {vllm: llm_pool}"},
};

constexpr Key unit_hook_keys[] = {
    {"drain_timeout", "duration", "15m", a_duration},
    {"turn_timeout", "duration", "15m", a_duration},
    {"unreachable_timeout", "duration", "10s", a_duration},
    {"ready_timeout", "duration", "15m", a_duration},
};

}  // namespace

constinit const yaml::Section file{"The file", file_keys};
constinit const yaml::Section target{"targets.NAME", target_keys};
constinit const yaml::Section unit_hooks{"unit_hooks", unit_hook_keys};

std::span<const yaml::Section* const> all() noexcept {
    static constexpr const yaml::Section* sections[] = {&file, &target, &unit_hooks};
    return sections;
}

}  // namespace lbdrain::ctl::sections
