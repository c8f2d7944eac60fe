#include "runtime/server_command.hpp"

#include "runtime/cli_error.hpp"
#include "runtime/replies.hpp"
#include "runtime/text.hpp"

namespace lbdrain::haproxy {
namespace {

constexpr std::string_view known_lua_version = "1";

std::string line_around(std::string_view prefix, const std::string& command,
                        std::string_view backend) {
    const std::string before(prefix);
    return before + "show info;" + before + command + ";" + before + "show servers state " +
           std::string(backend);
}

std::string name_of(std::string_view backend, std::string_view server) {
    return std::string(backend) + "/" + std::string(server);
}

// The forced bits that a command leaves behind.
std::uint32_t bits_after(ServerCommand command) {
    switch (command) {
        case ServerCommand::drain:
            return admin::fdrain;
        case ServerCommand::maint:
            return admin::fmaint;
        case ServerCommand::ready:
            break;
    }
    return 0;
}

// The next answer as a dump that is whole.
std::expected<std::string_view, Error> next_dump(Replies& replies, std::string_view line) {
    const auto reply = replies.next();
    if (!reply) {
        return std::unexpected(
            Error{ErrorCode::closed_early, "too few answers to " + excerpt(line)});
    }
    if (refusal_in(reply->text)) {
        return std::unexpected(refusal(reply->text, line));
    }
    if (!reply->ended) {
        return std::unexpected(Error{ErrorCode::closed_early, "a cut answer to " + excerpt(line)});
    }
    return reply->text;
}

}  // namespace

std::string_view to_string(ServerCommand command) {
    switch (command) {
        case ServerCommand::drain:
            return "drain";
        case ServerCommand::maint:
            return "maint";
        case ServerCommand::ready:
            break;
    }
    return "ready";
}

std::string state_line(std::string_view prefix, std::string_view backend, std::string_view server,
                       ServerCommand command) {
    return line_around(
        prefix,
        "set server " + name_of(backend, server) + " state " + std::string(to_string(command)),
        backend);
}

std::string weight_line(std::string_view prefix, std::string_view backend, std::string_view server,
                        std::uint32_t percent) {
    return line_around(
        prefix, "set weight " + name_of(backend, server) + " " + std::to_string(percent) + "%",
        backend);
}

std::string lua_line(std::string_view prefix, std::string_view word, std::string_view backend,
                     std::string_view server, ServerCommand command) {
    return std::string(prefix) + std::string(word) + " " + name_of(backend, server) + " " +
           std::string(to_string(command));
}

std::expected<void, Error> read_lua_answer(std::string_view answer, std::string_view line) {
    if (answer.starts_with("OK")) {
        return {};
    }
    auto error = refusal(answer, line);
    if (error.code == ErrorCode::refused_command) {
        error.code = ErrorCode::not_confirmed;
    }
    return std::unexpected(std::move(error));
}

std::string lua_version_command(std::string_view word) {
    return std::string(word) + " version";
}

std::expected<bool, Error> read_lua_version(std::string_view answer, std::string_view line) {
    if (refusal_in(answer) == ErrorCode::unknown_command) {
        return false;
    }
    if (auto read = read_lua_answer(answer, line); !read) {
        return std::unexpected(std::move(read.error()));
    }
    const auto words = words_of(answer.substr(0, answer.find('\n')));
    if (words.size() < 3 || words[2] != known_lua_version) {
        return std::unexpected(Error{ErrorCode::not_confirmed,
                                     "another version of the Lua command is loaded, or "
                                     "another command: it answered " +
                                         excerpt(answer)});
    }
    return true;
}

std::expected<Confirmed, Error> read_confirmation(std::string_view answers,
                                                  std::string_view backend, std::string_view server,
                                                  std::string_view line) {
    Replies replies(answers);
    const auto info_text = next_dump(replies, line);
    if (!info_text) {
        return std::unexpected(info_text.error());
    }
    const auto info = parse_info(*info_text);
    if (!info) {
        return std::unexpected(info.error());
    }
    const auto set = replies.next();
    if (!set) {
        return std::unexpected(
            Error{ErrorCode::closed_early, "no answer to the command in " + excerpt(line)});
    }
    if (auto silent = expect_silence(set->text, line); !silent) {
        return std::unexpected(std::move(silent.error()));
    }
    const auto state_text = next_dump(replies, line);
    if (!state_text) {
        return std::unexpected(state_text.error());
    }
    const auto states = parse_servers_state(*state_text);
    if (!states) {
        return std::unexpected(states.error());
    }
    const auto* state = find_server(*states, backend, server);
    if (state == nullptr) {
        return std::unexpected(Error{ErrorCode::no_such_server,
                                     "no " + name_of(backend, server) + " in HAProxy's state"});
    }
    return Confirmed{info->pid, info->stopping, *state};
}

std::expected<Confirmed, Error> read_state_confirmation(std::string_view answers,
                                                        std::string_view backend,
                                                        std::string_view server,
                                                        ServerCommand command,
                                                        std::string_view line) {
    auto confirmed = read_confirmation(answers, backend, server, line);
    if (!confirmed) {
        return confirmed;
    }
    const auto bits = confirmed->state.srv_admin_state & (admin::fmaint | admin::fdrain);
    if (bits != bits_after(command)) {
        return std::unexpected(
            Error{ErrorCode::not_confirmed,
                  "HAProxy took " + excerpt(line) + ", but says srv_admin_state " +
                      std::to_string(confirmed->state.srv_admin_state) +
                      " afterwards: is somebody else "
                      "setting " +
                      name_of(backend, server) + " (its agent-check, another tool)?"});
    }
    return confirmed;
}

}  // namespace lbdrain::haproxy
