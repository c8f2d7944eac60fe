// What HAProxy's answers say when it refuses. There is no exit status: only the text tells. The
// texts are the same from 2.6 to 3.4 unless said. Stateless; any bytes.
#pragma once

#include <expected>
#include <optional>
#include <string_view>

#include "runtime/error.hpp"

namespace lbdrain::haproxy {

// The refusal that an answer begins with, if it is a known one. A severity ("[3]: ", from `set
// severity-output number`) is passed over.
std::optional<ErrorCode> refusal_in(std::string_view answer);

// An answer as an error: its text, what was asked, and what to do about it.
Error refusal(std::string_view answer, std::string_view command);

// For commands that answer nothing when they worked (`set ...`): any text is a failure, known or
// not.
std::expected<void, Error> expect_silence(std::string_view answer, std::string_view command);

}  // namespace lbdrain::haproxy
