#include "runtime/poll_lines.hpp"

#include "runtime/cli_connection.hpp"
#include "runtime/cli_error.hpp"

namespace lbdrain::haproxy {

std::vector<PollLine> poll_lines(const std::vector<pid_t>& pids,
                                 const std::vector<std::string>& questions) {
    std::vector<PollLine> lines(1);
    const auto add = [&](pid_t pid, const std::string& command) {
        if (!lines.back().text.empty() &&
            lines.back().text.size() + 1 + command.size() > longest_line) {
            lines.emplace_back();
        }
        auto& line = lines.back();
        line.text += (line.text.empty() ? "" : ";") + command;
        line.asked.push_back(pid);
    };
    for (const pid_t pid : pids) {
        for (const auto& question : questions) {
            add(pid, "@!" + std::to_string(pid) + " " + question);
        }
    }
    add(0, "show proc");
    return lines;
}

std::expected<std::vector<Reply>, Error> read_line(std::string_view answers, const PollLine& line) {
    Replies replies(answers);
    std::vector<Reply> result;
    while (const auto reply = replies.next()) {
        if (refusal_in(reply->text) == ErrorCode::no_such_process) {
            return std::unexpected(refusal(reply->text, line.text));
        }
        result.push_back(*reply);
    }
    if (result.size() != line.asked.size()) {
        return std::unexpected(
            Error{ErrorCode::closed_early, std::to_string(result.size()) + " answers to " +
                                               std::to_string(line.asked.size()) + " questions"});
    }
    return result;
}

std::string owing(std::string_view answers, const PollLine& line) {
    Replies replies(answers);
    std::size_t ended = 0;
    for (auto reply = replies.next(); reply && reply->ended; reply = replies.next()) {
        ++ended;
    }
    const pid_t pid = ended < line.asked.size() ? line.asked[ended] : 0;
    return pid == 0 ? "the master" : "worker " + std::to_string(pid);
}

}  // namespace lbdrain::haproxy
