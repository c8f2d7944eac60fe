#include "runtime/worker_view.hpp"

#include <algorithm>

#include "runtime/cli_error.hpp"
#include "runtime/text.hpp"

namespace lbdrain::haproxy {
namespace {

// Nothing if the worker says that it has none.
using Dump = std::expected<std::optional<std::string_view>, Error>;

Dump dump_in(const Reply& reply, std::string_view question) {
    if (const auto refused = refusal_in(reply.text)) {
        if (*refused == ErrorCode::no_such_backend || *refused == ErrorCode::no_such_proxy) {
            return std::nullopt;
        }
        return std::unexpected(refusal(reply.text, question));
    }
    if (!reply.ended) {
        return std::unexpected(
            Error{ErrorCode::closed_early, "a cut answer to " + excerpt(question)});
    }
    return reply.text;
}

std::expected<StatTable, Error> stat_in(const Reply& reply, std::string_view question) {
    const auto dump = dump_in(reply, question);
    if (!dump) {
        return std::unexpected(dump.error());
    }
    return *dump ? parse_stat(**dump) : StatTable{};
}

}  // namespace

std::vector<std::string> worker_questions(const std::vector<std::string>& backends,
                                          StatScope scope) {
    std::vector<std::string> questions{"show info"};
    if (scope == StatScope::everything) {
        questions.emplace_back("show stat -1 4 -1");
    }
    for (const auto& backend : backends) {
        if (scope == StatScope::backend) {
            questions.push_back("show stat " + backend + " 4 -1");
        }
        questions.push_back("show servers state " + backend);
    }
    return questions;
}

std::expected<WorkerView, Error> read_worker(const std::vector<Reply>& replies,
                                             const std::vector<std::string>& backends,
                                             StatScope scope) {
    const auto questions = worker_questions(backends, scope);
    if (replies.size() != questions.size()) {
        return std::unexpected(
            Error{ErrorCode::closed_early, std::to_string(replies.size()) + " answers to " +
                                               std::to_string(questions.size()) + " questions"});
    }
    std::size_t at = 0;
    const auto info_text = dump_in(replies[at], questions[at]);
    if (!info_text) {
        return std::unexpected(info_text.error());
    }
    auto info = parse_info(info_text->value_or(""));
    if (!info) {
        return std::unexpected(std::move(info.error()));
    }
    WorkerView view{std::move(*info), {}};
    ++at;
    StatTable table;
    const auto read_table = [&]() -> std::expected<void, Error> {
        auto read = stat_in(replies[at], questions[at]);
        ++at;
        if (!read) {
            return std::unexpected(std::move(read.error()));
        }
        table = std::move(*read);
        return {};
    };
    if (scope == StatScope::everything) {
        if (auto read = read_table(); !read) {
            return std::unexpected(std::move(read.error()));
        }
    }
    for (const auto& backend : backends) {
        if (scope == StatScope::backend) {
            if (auto read = read_table(); !read) {
                return std::unexpected(std::move(read.error()));
            }
        }
        const auto dump = dump_in(replies[at], questions[at]);
        ++at;
        if (!dump) {
            return std::unexpected(dump.error());
        }
        BackendView& entry = view.backends.emplace_back();
        entry.backend = backend;
        entry.known = dump->has_value();
        if (entry.known) {
            auto states = parse_servers_state(**dump);
            if (!states) {
                return std::unexpected(std::move(states.error()));
            }
            entry.states = std::move(*states);
        }
        // A name that is no proxy's may be read as a number, and then another one's rows come.
        std::ranges::copy_if(table.servers, std::back_inserter(entry.stats),
                             [&](const ServerStat& stat) { return stat.backend == backend; });
    }
    return view;
}

const ServerStat* stat_of(const BackendView& backend, std::size_t index) {
    const auto& name = backend.states[index].srv_name;
    // HAProxy lists both in the order of its configuration.
    if (index < backend.stats.size() && backend.stats[index].server == name) {
        return &backend.stats[index];
    }
    const auto found = std::ranges::find(backend.stats, name, &ServerStat::server);
    return found == backend.stats.end() ? nullptr : &*found;
}

bool is_complete(const WorkerView& view) {
    return std::ranges::all_of(view.backends, [](const BackendView& backend) {
        for (std::size_t i = 0; i < backend.states.size(); ++i) {
            if (stat_of(backend, i) == nullptr) {
                return false;
            }
        }
        return true;
    });
}

}  // namespace lbdrain::haproxy
