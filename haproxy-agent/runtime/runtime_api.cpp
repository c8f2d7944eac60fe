#include "runtime/runtime_api.hpp"

#include "runtime/cli_connection.hpp"
#include "runtime/cli_error.hpp"
#include "runtime/names.hpp"
#include "runtime/replies.hpp"
#include "runtime/text.hpp"

namespace lbdrain::haproxy {
namespace {

constexpr std::uint32_t most_percent = 100;

}  // namespace

std::expected<std::string, Error> RuntimeApi::ask(const std::string& line) const {
    std::string text;
    if (auto asked = ask_stats_socket(endpoint_, line, text, Deadline::after(limit_)); !asked) {
        return std::unexpected(std::move(asked.error()));
    }
    return text;
}

std::expected<std::string, Error> RuntimeApi::dump(const std::string& command) const {
    auto text = ask(command);
    if (!text) {
        return text;
    }
    if (refusal_in(*text)) {
        return std::unexpected(refusal(*text, command));
    }
    Replies replies(*text);
    const auto reply = replies.next();
    if (!reply || !reply->ended || !replies.at_end()) {
        return std::unexpected(
            Error{ErrorCode::closed_early,
                  endpoint_.to_string() + ": a cut answer to " + excerpt(command)});
    }
    return std::string(reply->text);
}

std::expected<Confirmed, Error> RuntimeApi::set_server_state(std::string_view backend,
                                                             std::string_view server,
                                                             ServerCommand command) const {
    if (auto checked = check_names(backend, server); !checked) {
        return std::unexpected(std::move(checked.error()));
    }
    const auto line = state_line("", backend, server, command);
    const auto answers = ask(line);
    if (!answers) {
        return std::unexpected(answers.error());
    }
    return read_state_confirmation(*answers, backend, server, command, line);
}

std::expected<Confirmed, Error> RuntimeApi::set_weight_percent(std::string_view backend,
                                                               std::string_view server,
                                                               std::uint32_t percent) const {
    if (auto checked = check_names(backend, server); !checked) {
        return std::unexpected(std::move(checked.error()));
    }
    if (percent > most_percent) {
        return std::unexpected(
            Error{ErrorCode::bad_value,
                  "a weight of " + std::to_string(percent) + "%: it has to be 0 to 100"});
    }
    const auto line = weight_line("", backend, server, percent);
    const auto answers = ask(line);
    if (!answers) {
        return std::unexpected(answers.error());
    }
    return read_confirmation(*answers, backend, server, line);
}

std::expected<Info, Error> RuntimeApi::info() const {
    const auto text = dump("show info");
    return text ? parse_info(*text) : std::unexpected(text.error());
}

std::expected<std::vector<ServerState>, Error> RuntimeApi::servers_state(
    std::string_view backend) const {
    if (auto checked = check_backend(backend); !checked) {
        return std::unexpected(std::move(checked.error()));
    }
    const auto text = dump("show servers state " + std::string(backend));
    return text ? parse_servers_state(*text) : std::unexpected(text.error());
}

std::expected<StatTable, Error> RuntimeApi::stat(std::string_view backend) const {
    if (auto checked = check_backend(backend); !checked) {
        return std::unexpected(std::move(checked.error()));
    }
    const auto text = dump("show stat " + std::string(backend) + " 4 -1");
    return text ? parse_stat(*text) : std::unexpected(text.error());
}

}  // namespace lbdrain::haproxy
