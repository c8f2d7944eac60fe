// Commands that change one server, each with its proof: who answered before, the server's state
// after, on one connection, since a stats socket may be answered by the worker that is being
// replaced. Texts only, no I/O; stateless.
#pragma once

#include <sys/types.h>

#include <cstdint>
#include <expected>
#include <string>
#include <string_view>

#include "runtime/info.hpp"
#include "runtime/servers_state.hpp"

namespace lbdrain::haproxy {

enum class ServerCommand { ready, drain, maint };

std::string_view to_string(ServerCommand command);  // HAProxy's words

struct Confirmed {
    pid_t pid = 0;          // the worker that was told
    bool stopping = false;  // was it an old one?
    ServerState state;      // of the server, afterwards
};

// "show info;set server B/S state drain;show servers state B", each command behind `prefix`
// ("@!PID " on a master socket). The names have been checked (names.hpp).
std::string state_line(std::string_view prefix, std::string_view backend, std::string_view server,
                       ServerCommand command);
std::string weight_line(std::string_view prefix, std::string_view backend, std::string_view server,
                        std::uint32_t percent);

// "WORD B/S drain": the Lua command. `word` has been checked too.
std::string lua_line(std::string_view prefix, std::string_view word, std::string_view backend,
                     std::string_view server, ServerCommand command);

// Reads the answer to it. Errors: HAProxy's refusals (unknown_command: not loaded there);
// not_confirmed for any other answer that does not begin with OK.
std::expected<void, Error> read_lua_answer(std::string_view answer, std::string_view line);

// "WORD version", answered with "OK WORD 1 live" or "OK WORD 1 stopping". False: HAProxy does not
// know the command. Errors: other refusals; not_confirmed for another version.
std::string lua_version_command(std::string_view word);
std::expected<bool, Error> read_lua_version(std::string_view answer, std::string_view line);

// Reads the answers to a state or weight line. Errors: HAProxy's refusals; bad_reply;
// no_such_server when the state does not list it.
std::expected<Confirmed, Error> read_confirmation(std::string_view answers,
                                                  std::string_view backend, std::string_view server,
                                                  std::string_view line);

// The same, and error not_confirmed when the state's bits are not what was asked.
std::expected<Confirmed, Error> read_state_confirmation(std::string_view answers,
                                                        std::string_view backend,
                                                        std::string_view server,
                                                        ServerCommand command,
                                                        std::string_view line);

}  // namespace lbdrain::haproxy
