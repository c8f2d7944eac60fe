// The $variables that the texts of a configured hook or ready check may hold.
//
//     $service      the service
//     $server       the server's address: "10.0.1.1:8000", "unix:/run/vllm.sock"
//     $server_name  the server's name
//     $server_host  the host of the address, brackets of IPv6 included; a unix socket's path
//     $server_port  the port of the address; nothing for a unix socket
//     $$            a dollar sign
//
// Stateless, callable from any thread; nothing but std::bad_alloc is thrown.
#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "lbdrain/hook/task.hpp"

namespace lbdrain::hook {

struct Variables {
    std::string service;
    std::string server_name;
    std::string address;
};

/// For messages about an unknown one.
inline constexpr std::string_view kVariableNames =
    "$server, $server_name, $server_host, $server_port or $service ($$ for a dollar)";

/// `text` with every variable replaced; an unknown one stays as it is.
std::string expand(std::string_view text, const Variables& variables);

/// The same for every text of a hook that may hold variables.
void expand(decltype(Task::what)& what, const Variables& variables);

/// The name, without the dollar sign, of a variable that does not exist, if there is one.
std::optional<std::string> unknown_variable(std::string_view text);
std::optional<std::string> unknown_variable(const decltype(Task::what)& what);

}  // namespace lbdrain::hook
