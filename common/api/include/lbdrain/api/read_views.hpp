// What a drain API answered, read back into values: for whoever is its client.
//
// Members that are not known are skipped (a newer server), members that v1 always had must be
// there, and every type is checked: a count that cannot be read is an error, never a zero. Any
// bytes may come; the error is one line that names the member. How much is read is bounded by the
// caller, who has the bytes. The texts are as the server sent them: valid UTF-8, else it is an
// error.
#pragma once

#include <cstdint>
#include <expected>
#include <optional>
#include <string>
#include <string_view>

#include "lbdrain/api/problem.hpp"
#include "lbdrain/api/views.hpp"

namespace lbdrain::api {

// `service` is not in it and stays empty; of `last`, `at` does too.
std::expected<ServerView, std::string> read_server(std::string_view text);

std::expected<StatusView, std::string> read_status(std::string_view text);

// A code that is not known is `internal`, and stands before the detail.
std::expected<Problem, std::string> read_problem(std::string_view text);

// One line of application/x-ndjson.
struct EventLine {
    std::string event;  // "progress", "done", "failed", "state"... or one that is not known
    // Of "removed" service and name only; of events that are not known what of these was there.
    ServerView server;
    bool has_server = false;         // `server` is whole
    std::optional<Problem> problem;  // why it failed, or was interrupted
};

std::expected<EventLine, std::string> read_event(std::string_view line);

// Milliseconds since 1970 of what rfc3339() writes; nullopt: not in that form, or no such day.
std::optional<std::int64_t> read_rfc3339(std::string_view text);

}  // namespace lbdrain::api
