// The body of POST .../drain, stop, start, restart, ready and down.
//
// Strict: unknown and repeated members are refused by name, wrong types and ranges say what was
// expected.
// Members that were left out stay empty here; the server fills in its configured defaults.
#pragma once

#include <cstdint>
#include <expected>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "lbdrain/api/problem.hpp"
#include "lbdrain/server_state.hpp"

namespace lbdrain::api {

enum class Action { drain, stop, start, restart, ready, down };

std::optional<Action> parse_action(std::string_view word) noexcept;
std::string_view to_string(Action action) noexcept;

struct CommandRequest {
    bool wait = true;
    bool force = false;
    std::optional<std::int64_t> timeout_ms;  // timeout_s: of the drain
    std::optional<std::int64_t> settle_ms;   // settle_s
    std::optional<OnTimeout> on_timeout;
    std::optional<bool> check;  // `ready` only: pass the ready check first
    std::string reason;
    std::string by;
};

// The members that the body of this action may have.
std::vector<std::string_view> members(Action action);

// An empty body stands for {}.
std::expected<CommandRequest, Problem> parse_command_request(std::string_view body, Action action);

}  // namespace lbdrain::api
