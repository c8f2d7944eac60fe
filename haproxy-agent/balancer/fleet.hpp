// All processes of one HAProxy, looked at and told one by one: what HaproxyBalancer decides on,
// whichever way they are reached (master_fleet.hpp, held_fleet.hpp). Blocking; one thread.
#pragma once

#include <sys/types.h>

#include <cstdint>
#include <expected>
#include <string>
#include <string_view>
#include <vector>

#include "runtime/error.hpp"
#include "runtime/master_api.hpp"
#include "runtime/server_command.hpp"
#include "runtime/worker_view.hpp"

namespace lbdrain::agent {

// One look at all of them.
struct FleetView {
    haproxy::Generation generation;
    std::vector<haproxy::WorkerView> workers;
    // Why there may be processes, or requests, that this look did not see. Empty: it saw all, and
    // they were the same before and after.
    std::string doubt;
};

class Fleet {
  public:
    virtual ~Fleet() = default;

    virtual std::expected<FleetView, haproxy::Error> look(
        const std::vector<std::string>& backends) = 0;

    // To the worker of this pid, or not at all. Old workers take call_lua() only.
    virtual std::expected<void, haproxy::Error> set_state(pid_t pid, std::string_view backend,
                                                          std::string_view server,
                                                          haproxy::ServerCommand command) = 0;
    virtual std::expected<void, haproxy::Error> set_weight(pid_t pid, std::string_view backend,
                                                           std::string_view server,
                                                           std::uint32_t percent) = 0;
    virtual std::expected<void, haproxy::Error> call_lua(pid_t pid, std::string_view backend,
                                                         std::string_view server,
                                                         haproxy::ServerCommand command) = 0;

    // How zero is known, for people.
    virtual std::string counting() const = 0;
    // What is wrong with the way it is reached; may be empty.
    virtual std::string warning() const = 0;
};

// The word of haproxy-agent/lua/lbdrain.lua.
inline constexpr std::string_view lua_word = "lbdrain";

}  // namespace lbdrain::agent
