#include "runtime/master_api.hpp"

#include <algorithm>

#include "runtime/cli_connection.hpp"
#include "runtime/cli_error.hpp"
#include "runtime/names.hpp"
#include "runtime/poll_lines.hpp"

namespace lbdrain::haproxy {
namespace {

constexpr Millis retry_pause{20};

std::string prefix_for(pid_t pid) {
    return "@!" + std::to_string(pid) + " ";
}

std::vector<pid_t> worker_pids(const ProcList& list) {
    std::vector<pid_t> pids;
    pids.reserve(list.workers.size());
    for (const auto& worker : list.workers) {
        pids.push_back(worker.pid);
    }
    std::ranges::sort(pids);
    return pids;
}

bool same(const ProcList& a, const ProcList& b) {
    return a.master.pid == b.master.pid && a.master.reloads == b.master.reloads &&
           a.failed_reloads == b.failed_reloads && worker_pids(a) == worker_pids(b);
}

}  // namespace

const ServerTotal* Poll::find(std::string_view backend, std::string_view server) const {
    const auto found = std::ranges::find_if(servers, [&](const ServerTotal& total) {
        return total.server == server && total.backend == backend;
    });
    return found == servers.end() ? nullptr : &*found;
}

std::expected<std::string, Error> MasterApi::ask(const std::string& line,
                                                 const Deadline& deadline) const {
    for (;;) {
        std::string text;
        auto asked = ask_master_socket(endpoint_, line, text, deadline);
        if (asked) {
            return text;
        }
        // A connection that the master had accepted when it re-executed itself: every command here
        // may be repeated.
        if (asked.error().code != ErrorCode::closed_early || deadline.passed()) {
            return std::unexpected(std::move(asked.error()));
        }
        pause_for(retry_pause, deadline);
    }
}

std::expected<ProcList, Error> MasterApi::processes() const {
    return processes(Deadline::after(limit_));
}

std::expected<ProcList, Error> MasterApi::processes(const Deadline& deadline) const {
    const auto text = ask("show proc", deadline);
    if (!text) {
        return std::unexpected(text.error());
    }
    Replies replies(*text);
    const auto reply = replies.next();
    if (reply && refusal_in(reply->text)) {
        return std::unexpected(refusal(reply->text, "show proc"));
    }
    if (!reply || !reply->ended) {
        return std::unexpected(Error{ErrorCode::closed_early, "a cut answer to show proc"});
    }
    return parse_proc_list(reply->text);
}

std::expected<Poll, Error> MasterApi::poll(const std::vector<std::string>& backends) {
    for (const auto& backend : backends) {
        if (auto checked = check_backend(backend); !checked) {
            return std::unexpected(std::move(checked.error()));
        }
    }
    const auto deadline = Deadline::after(limit_);
    for (;;) {
        auto polled = poll_once(backends, deadline);
        if (polled || !is_transient(polled.error().code) || deadline.passed()) {
            return polled;
        }
        pause_for(retry_pause, deadline);
    }
}

std::expected<Poll, Error> MasterApi::poll_once(const std::vector<std::string>& backends,
                                                const Deadline& deadline) {
    const auto before = processes(deadline);
    if (!before) {
        return std::unexpected(before.error());
    }
    const auto pids = worker_pids(*before);
    const auto questions = worker_questions(backends, scope_);
    const auto lines = poll_lines(pids, questions);
    std::vector<std::string> texts(lines.size());  // what the replies point into
    std::vector<Reply> replies;
    for (std::size_t i = 0; i < lines.size(); ++i) {
        auto asked = ask_master_socket(endpoint_, lines[i].text, texts[i], deadline);
        if (!asked) {
            if (asked.error().code == ErrorCode::timeout) {
                asked.error().message +=
                    "; the next answer was due from " + owing(texts[i], lines[i]);
            }
            return std::unexpected(std::move(asked.error()));
        }
        const auto read = read_line(texts[i], lines[i]);
        if (!read) {
            return std::unexpected(read.error());
        }
        replies.insert(replies.end(), read->begin(), read->end());
    }
    Poll poll{{before->master.pid, before->master.reloads, {}}, {}, {}};
    for (std::size_t worker = 0; worker < pids.size(); ++worker) {
        const auto first = replies.begin() + static_cast<std::ptrdiff_t>(worker * questions.size());
        auto view = read_worker({first, first + static_cast<std::ptrdiff_t>(questions.size())},
                                backends, scope_);
        if (!view) {
            view.error().message += " (worker " + std::to_string(pids[worker]) + ")";
            return std::unexpected(std::move(view.error()));
        }
        if (view->info.pid != pids[worker]) {
            return std::unexpected(
                Error{ErrorCode::bad_reply, "worker " + std::to_string(view->info.pid) +
                                                " answered for " + std::to_string(pids[worker])});
        }
        if (!is_complete(*view)) {
            if (scope_ == StatScope::everything) {
                return std::unexpected(
                    Error{ErrorCode::bad_reply, "worker " + std::to_string(pids[worker]) +
                                                    " gives no figures for some of its servers"});
            }
            scope_ = StatScope::everything;
            return poll_once(backends, deadline);
        }
        poll.generation.workers.push_back({view->info.pid, view->info.stopping});
        poll.workers.push_back(std::move(*view));
    }
    const auto after = parse_proc_list(replies.back().text);
    if (!after) {
        return std::unexpected(after.error());
    }
    if (!same(*before, *after)) {
        return std::unexpected(
            Error{ErrorCode::generation_changed, "HAProxy's processes changed during the poll"});
    }
    poll.servers = sum_over(poll.workers);
    return poll;
}

std::expected<Confirmed, Error> MasterApi::set_server_state(pid_t pid, std::string_view backend,
                                                            std::string_view server,
                                                            ServerCommand command) const {
    if (auto checked = check_names(backend, server); !checked) {
        return std::unexpected(std::move(checked.error()));
    }
    const auto line = state_line(prefix_for(pid), backend, server, command);
    const auto answers = ask(line, Deadline::after(limit_));
    if (!answers) {
        return std::unexpected(answers.error());
    }
    return read_state_confirmation(*answers, backend, server, command, line);
}

std::expected<void, Error> MasterApi::call_lua(pid_t pid, std::string_view word,
                                               std::string_view backend, std::string_view server,
                                               ServerCommand command) const {
    if (auto checked = check_names(backend, server); !checked) {
        return checked;
    }
    if (auto checked = check_word(word); !checked) {
        return checked;
    }
    const auto line = lua_line(prefix_for(pid), word, backend, server, command);
    const auto answer = ask(line, Deadline::after(limit_));
    if (!answer) {
        return std::unexpected(answer.error());
    }
    return read_lua_answer(*answer, line);
}

std::expected<bool, Error> MasterApi::has_lua(pid_t pid, std::string_view word) const {
    if (auto checked = check_word(word); !checked) {
        return std::unexpected(std::move(checked.error()));
    }
    const auto line = prefix_for(pid) + lua_version_command(word);
    const auto answer = ask(line, Deadline::after(limit_));
    return answer ? read_lua_version(*answer, line) : std::unexpected(answer.error());
}

}  // namespace lbdrain::haproxy
