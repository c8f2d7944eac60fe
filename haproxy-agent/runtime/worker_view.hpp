// What one worker knows of some backends: the questions to it and the reading of its answers. Texts
// only, no I/O; stateless.
#pragma once

#include <expected>
#include <string>
#include <string_view>
#include <vector>

#include "runtime/info.hpp"
#include "runtime/replies.hpp"
#include "runtime/servers_state.hpp"
#include "runtime/stat_table.hpp"

namespace lbdrain::haproxy {

struct BackendView {
    std::string backend;
    bool known = false;  // false: this worker's configuration has no such backend
    std::vector<ServerStat> stats;
    std::vector<ServerState> states;
};

struct WorkerView {
    Info info;
    std::vector<BackendView> backends;  // in the order asked
};

// How `show stat` is asked. By name HAProxy may choose a frontend that has the backend's name, and
// then lists no server at all; so when servers are missing everything is to be read.
enum class StatScope { backend, everything };

// The commands, without newlines. The names have been checked (names.hpp).
std::vector<std::string> worker_questions(const std::vector<std::string>& backends,
                                          StatScope scope);

// `replies` holds one answer to each question. Error: HAProxy's refusals (an unknown backend is
// none), bad_reply, closed_early for a cut answer.
std::expected<WorkerView, Error> read_worker(const std::vector<Reply>& replies,
                                             const std::vector<std::string>& backends,
                                             StatScope scope);

// The figures of the server in backend.states[index]; null if there are none.
const ServerStat* stat_of(const BackendView& backend, std::size_t index);

// Every server in the states has its figures. If not, their sum is worth nothing.
bool is_complete(const WorkerView& view);

}  // namespace lbdrain::haproxy
