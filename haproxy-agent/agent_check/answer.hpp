// What a server's agent-check is answered with: the words, and how they become a line.
//
// HAProxy's agent-check knows three independent things, and a word that is not said leaves its
// thing alone (tcpcheck_agent_expect_reply() in HAProxy's src/tcpcheck.c, alike in 2.6 to 3.4):
//
// - The admin word sets or clears the very flags that `set server ... state` on the command line
//   and the stats page set. The last writer wins. So `ready`, repeated at each check, undoes an
//   operator's drain within one interval: it is said once traffic shall come back, until that has
//   been heard, and the steady state then has no admin word at all.
// - Health. Only an explicit `up` ends a `down`; and HAProxy 3.3 and 3.4 may begin with the agent's
//   health at zero, so that a server whose own health check failed once stays down until the agent
//   says `up`. So every line says `up` or `down`, `ready` never comes without it.
// - The weight, in percent of the configured one, rounded down: of `weight 1`, 50 % is 0, which is
//   a drain. 0 % takes all traffic away and looks "UP" everywhere.
//
// "No opinion" is an empty line: a valid answer that changes nothing, for a server of which nothing
// is known. Never an invented `ready`.
//
// Stateless values; callable from any thread; nothing here fails.
#pragma once

#include <cstddef>
#include <optional>
#include <string>
#include <string_view>

#include "lbdrain/fixed_text.hpp"

namespace lbdrain::agent_check {

struct Answer {
    enum class AdminWord { none, ready, drain, maint };
    enum class Health { up, down };

    AdminWord admin = AdminWord::none;
    Health health = Health::up;
    std::optional<unsigned> weight_percent = {};  // cut at max_weight_percent
    // Shown in HAProxy's log and statistics, and only next to `down`: HAProxy drops it otherwise.
    std::string reason = {};

    friend bool operator==(const Answer&, const Answer&) = default;
};

// More percent of a weight of at least 1 than this is the same: HAProxy's weights end at 256.
inline constexpr unsigned max_weight_percent = 25600;
inline constexpr std::size_t max_reason = 100;  // bytes

// One line with its newline, whole; it fits one segment and two cache lines.
using Line = FixedText<126>;

inline constexpr std::string_view no_opinion = "\n";

// `up ready 100%`, `up`, `up drain`, `down #reason`, ... with the newline. Bytes of the reason that
// would end the line or are invisible become blanks; what is too long is cut.
Line to_line(const Answer& answer);

// Whether `line` can be given as an answer: one newline, at its end, no CR, which would end it too,
// and no NUL, with which HAProxy takes it for incomplete.
bool is_line(std::string_view line) noexcept;

}  // namespace lbdrain::agent_check
