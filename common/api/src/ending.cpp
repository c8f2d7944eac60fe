#include "lbdrain/api/ending.hpp"

#include <boost/json.hpp>

#include "lbdrain/utf8.hpp"

namespace lbdrain::api {
namespace json = boost::json;
namespace {

std::string drain_timeout_text(const Ending& ending, const ServerView& view) {
    std::string text = std::to_string(ending.left) + " request(s) were still in flight";
    if (!ending.text.empty()) {
        text += ", " + std::string(ending.text.view());
    }
    return text + " at the deadline; nothing was cut, the server is " +
           std::string(to_string(view.state)) + " now";
}

std::string line_with(const char* event, const Problem& problem, const ServerView& view) {
    json::object line = json::parse(progress_line(event, view)).as_object();
    line["problem"] = json::parse(to_json(problem));
    return json::serialize(line) + "\n";
}

}  // namespace

std::optional<Ending> ending_of(const Sequence& sequence, std::uint64_t id) {
    if (sequence.id == id) {
        return std::nullopt;
    }
    if (sequence.last.id == id) {
        return sequence.last;
    }
    // The command that took over has reached its own goal since we looked, as `ready` does at once.
    Ending lost;
    lost.outcome = Outcome::cancelled;
    lost.text.append("goal ");
    lost.text.append(to_string(sequence.last.goal));
    if (!sequence.by.empty()) {
        lost.text.append(" (");
        lost.text.append(sequence.by.view());
        lost.text.append(")");
    }
    return lost;
}

Problem problem_of(const Ending& ending, const ServerView& view) {
    const std::string text(ending.text.view());
    switch (ending.outcome) {
        case Outcome::drain_timeout:
            return {ProblemCode::drain_timeout, drain_timeout_text(ending, view)};
        case Outcome::stop_failed:
            return {ProblemCode::stop_failed, text};
        case Outcome::not_ready:
            return {ProblemCode::not_ready, text};
        case Outcome::cancelled:
            return {ProblemCode::cancelled, "another command ended this sequence" +
                                                (text.empty() ? std::string() : ", by " + text)};
        default:
            return {ProblemCode::internal, "the sequence ended without an outcome"};
    }
}

std::string failed_line(const Problem& problem, const ServerView& view) {
    return line_with("failed", problem, view);
}

std::string interrupted_line(const Problem& problem, const ServerView& view) {
    return line_with("interrupted", problem, view);
}

std::string interrupted_line(const Problem& problem) {
    json::object line;
    line["event"] = "interrupted";
    line["problem"] = json::parse(to_json(problem));
    return json::serialize(line) + "\n";
}

std::string removed_line(const std::string& service, const std::string& server) {
    json::object line;
    line["event"] = "removed";
    line["service"] = to_utf8(service);
    line["server"] = json::object{{"name", to_utf8(server)}};
    return json::serialize(line) + "\n";
}

}  // namespace lbdrain::api
