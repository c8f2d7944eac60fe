// The questions of one poll, to all workers, packed into as few lines as HAProxy's line length
// allows: a line is a connection. Texts only, no I/O. One thread at a time.
#pragma once

#include <sys/types.h>

#include <expected>
#include <string>
#include <string_view>
#include <vector>

#include "runtime/error.hpp"
#include "runtime/replies.hpp"

namespace lbdrain::haproxy {

struct PollLine {
    std::string text;
    std::vector<pid_t> asked;  // one for each answer; 0: the master
};

// For each pid all questions, in order, and `show proc` to the master at the very end.
std::vector<PollLine> poll_lines(const std::vector<pid_t>& pids,
                                 const std::vector<std::string>& questions);

// The answers to one line, as many as were asked. Errors: no_such_process if a worker has gone
// meanwhile (2.6 then leaves the rest of the line unread), closed_early.
std::expected<std::vector<Reply>, Error> read_line(std::string_view answers, const PollLine& line);

// Who owes the next answer: for the message of a timeout.
std::string owing(std::string_view answers, const PollLine& line);

}  // namespace lbdrain::haproxy
