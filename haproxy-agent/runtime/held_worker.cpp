#include "runtime/held_worker.hpp"

#include "runtime/names.hpp"

namespace lbdrain::haproxy {

std::expected<HeldWorker, Error> HeldWorker::open(const Endpoint& stats_socket, Millis limit) {
    auto connection = PromptConnection::open(stats_socket, Deadline::after(limit));
    if (!connection) {
        return std::unexpected(std::move(connection.error()));
    }
    return HeldWorker(std::move(*connection), limit);
}

std::expected<WorkerView, Error> HeldWorker::look(const std::vector<std::string>& backends) {
    for (const auto& backend : backends) {
        if (auto checked = check_backend(backend); !checked) {
            return std::unexpected(std::move(checked.error()));
        }
    }
    const auto deadline = Deadline::after(limit_);
    auto view = look_once(backends, deadline);
    if (view && !is_complete(*view)) {
        scope_ = StatScope::everything;
        view = look_once(backends, deadline);
        if (view && !is_complete(*view)) {
            return std::unexpected(Error{
                ErrorCode::bad_reply,
                "worker " + std::to_string(pid()) + " gives no figures for some of its servers"});
        }
    }
    return view;
}

std::expected<WorkerView, Error> HeldWorker::look_once(const std::vector<std::string>& backends,
                                                       const Deadline& deadline) {
    std::vector<std::string> texts;
    for (const auto& question : worker_questions(backends, scope_)) {
        auto answer = connection_.ask(question, deadline);
        if (!answer) {
            return std::unexpected(std::move(answer.error()));
        }
        texts.push_back(std::move(*answer));
    }
    // The prompt came after each: none is cut.
    std::vector<Reply> replies;
    replies.reserve(texts.size());
    for (const auto& text : texts) {
        replies.push_back({text, true});
    }
    auto view = read_worker(replies, backends, scope_);
    if (view && view->info.pid != pid()) {
        return std::unexpected(Error{
            ErrorCode::bad_reply, "another process answers for worker " + std::to_string(pid())});
    }
    return view;
}

std::expected<void, Error> HeldWorker::call_lua(std::string_view word, std::string_view backend,
                                                std::string_view server, ServerCommand command) {
    if (auto checked = check_names(backend, server); !checked) {
        return checked;
    }
    if (auto checked = check_word(word); !checked) {
        return checked;
    }
    const auto line = lua_line("", word, backend, server, command);
    const auto answer = connection_.ask(line, Deadline::after(limit_));
    return answer ? read_lua_answer(*answer, line) : std::unexpected(answer.error());
}

std::expected<bool, Error> HeldWorker::has_lua(std::string_view word) {
    if (auto checked = check_word(word); !checked) {
        return std::unexpected(std::move(checked.error()));
    }
    const auto line = lua_version_command(word);
    const auto answer = connection_.ask(line, Deadline::after(limit_));
    return answer ? read_lua_version(*answer, line) : std::unexpected(answer.error());
}

}  // namespace lbdrain::haproxy
