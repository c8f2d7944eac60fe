// What a client of the shared port asks: one line with the name of a server, as HAProxy's
// `agent-send "service/server\n"` sends it, verbatim. Pure functions over bytes of any kind.
#pragma once

#include <cstddef>
#include <optional>
#include <string>
#include <string_view>

namespace lbdrain::agent_check {

inline constexpr std::size_t max_question = 256;           // bytes, the line's end included
inline constexpr std::size_t max_name = max_question - 2;  // room for CR LF

// The first line without its end (LF or CRLF) and without blanks at its ends; nothing as long as
// no LF has come. The view points into `bytes`.
std::optional<std::string_view> first_line(std::string_view bytes) noexcept;

// Whether first_line() can give just this name.
bool can_be_asked(std::string_view name) noexcept;

// For messages: what is not printable ASCII becomes '?', long text is cut.
std::string printable(std::string_view bytes);

}  // namespace lbdrain::agent_check
