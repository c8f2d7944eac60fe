// All workers of one HAProxy, old and new, through its master socket: what is in flight on a server
// in total, and which workers would still send it requests.
// Blocking; each call has one connection at a time. One owner, one thread at a time.
#pragma once

#include <sys/types.h>

#include <compare>
#include <cstdint>
#include <expected>
#include <string>
#include <string_view>
#include <vector>

#include "runtime/endpoint.hpp"
#include "runtime/proc_list.hpp"
#include "runtime/server_command.hpp"
#include "runtime/totals.hpp"
#include "runtime/worker_view.hpp"

namespace lbdrain::haproxy {

struct GenerationWorker {
    pid_t pid = 0;
    bool stopping = false;  // by `show info`, never by the headings of `show proc`

    auto operator<=>(const GenerationWorker&) const = default;
};

// Equal generations: no reload, failed or not, no exit and no start came in between.
struct Generation {
    pid_t master = 0;
    std::uint32_t reloads = 0;
    std::vector<GenerationWorker> workers;  // sorted by pid

    bool operator==(const Generation&) const = default;
};

// A picture of all workers that was whole: none was missing, none changed meanwhile.
struct Poll {
    Generation generation;
    std::vector<ServerTotal> servers;  // every server that any worker has in the backends asked for
    std::vector<WorkerView> workers;   // the same worker by worker

    const ServerTotal* find(std::string_view backend, std::string_view server) const;
};

class MasterApi {
  public:
    // `limit`: for each call, retries included.
    explicit MasterApi(Endpoint master_socket, Millis limit = Millis{10000})
        : endpoint_(std::move(master_socket)), limit_(limit) {}

    // Asks every worker; a picture that a reload or an exit spoiled is taken again until the limit.
    // Errors: the socket's, HAProxy's refusals, bad_name, bad_reply; no error is ever a zero.
    // generation_changed: no two looks alike until the limit. timeout names the worker that hangs.
    std::expected<Poll, Error> poll(const std::vector<std::string>& backends);

    // `show proc` alone: cheap, but does not tell who is stopping.
    std::expected<ProcList, Error> processes() const;

    // As RuntimeApi's, but to the worker of this pid, so that it cannot be the wrong one. Old
    // workers answer proxy_disabled. Needs level admin on the master socket.
    std::expected<Confirmed, Error> set_server_state(pid_t pid, std::string_view backend,
                                                     std::string_view server,
                                                     ServerCommand command) const;

    // Tells any worker, old ones included, by the Lua command `word` that is loaded into HAProxy.
    // Errors: unknown_command if it is not loaded there, no_such_process, no_such_server,
    // not_confirmed for an answer that does not begin with OK.
    std::expected<void, Error> call_lua(pid_t pid, std::string_view word, std::string_view backend,
                                        std::string_view server, ServerCommand command) const;

    // Is that command loaded there, in a version that is known here? Asks `word version`.
    std::expected<bool, Error> has_lua(pid_t pid, std::string_view word) const;

    const Endpoint& endpoint() const { return endpoint_; }

  private:
    std::expected<Poll, Error> poll_once(const std::vector<std::string>& backends,
                                         const Deadline& deadline);
    std::expected<ProcList, Error> processes(const Deadline& deadline) const;
    std::expected<std::string, Error> ask(const std::string& line, const Deadline& deadline) const;

    Endpoint endpoint_;
    Millis limit_;
    StatScope scope_ = StatScope::backend;
};

}  // namespace lbdrain::haproxy
