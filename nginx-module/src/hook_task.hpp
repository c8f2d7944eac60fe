// From a configured hook to the task for lbdrain-hook: variables filled in for one server.
#pragma once

#include <string>

#include "lbdrain/hook/task.hpp"
#include "src/config.hpp"

namespace lbdrain::nginx {

// $server (address:port), $server_host, $server_port, $service; $$ is a dollar sign.
struct HookVariables {
    std::string service;
    std::string server;
};

// nullopt: fine; else the unknown variable, for the message at `nginx -t`.
std::optional<std::string> unknown_variable(const HookConf& hook);

// A variable in the address of a unix socket: $server_host is the path, $server_port is empty.
std::string expand(const std::string& text, const HookVariables& variables);

// A task as some server would get it: to check a hook before there are servers.
hook::Task example_task(const HookConf& hook, hook::Action action);

// Everything of the task but its ids.
hook::Task make_task(const Place& place, const Sequence& sequence);

}  // namespace lbdrain::nginx
