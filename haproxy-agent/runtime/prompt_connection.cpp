#include "runtime/prompt_connection.hpp"

#include "runtime/cli_error.hpp"
#include "runtime/text.hpp"

namespace lbdrain::haproxy {
namespace {

// Comes after each answer, and for itself after `prompt`.
constexpr std::string_view prompt = "\n> ";

}  // namespace

std::expected<PromptConnection, Error> PromptConnection::open(const Endpoint& endpoint,
                                                              const Deadline& deadline) {
    auto connection = CliConnection::open(endpoint, deadline);
    if (!connection) {
        return std::unexpected(std::move(connection.error()));
    }
    PromptConnection held(std::move(*connection));
    for (const std::string_view command : {"prompt", "set timeout cli 3600"}) {
        const auto answer = held.ask(command, deadline);
        if (!answer) {
            return std::unexpected(answer.error());
        }
        if (auto silent = expect_silence(*answer, command); !silent) {
            return std::unexpected(std::move(silent.error()));
        }
    }
    const auto answer = held.ask("show info", deadline);
    if (!answer) {
        return std::unexpected(answer.error());
    }
    const auto info = parse_info(*answer);
    if (!info) {
        return std::unexpected(info.error());
    }
    held.pid_ = info->pid;
    return held;
}

std::expected<std::string, Error> PromptConnection::ask(std::string_view command,
                                                        const Deadline& deadline,
                                                        std::size_t limit) {
    if (!usable_) {
        return std::unexpected(
            Error{ErrorCode::closed_early,
                  connection_.endpoint().to_string() + ": this connection broke before"});
    }
    usable_ = false;
    if (auto sent = connection_.send(std::string(command) + "\n", deadline); !sent) {
        return std::unexpected(std::move(sent.error()));
    }
    std::string text;
    if (auto received = connection_.receive_until(prompt, text, deadline, limit); !received) {
        received.error().message += " to " + excerpt(command);
        return std::unexpected(std::move(received.error()));
    }
    usable_ = true;
    text.resize(text.size() - prompt.size());
    return text;
}

}  // namespace lbdrain::haproxy
