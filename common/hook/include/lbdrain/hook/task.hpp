// What lbdrain-hook is asked to do, as a value and as JSON.
//
// The NGINX module and drain-agent build a Task, encode it, and write it to the standard input of
// lbdrain-hook, which decodes it. Values only: nothing here owns a descriptor, does I/O or keeps
// state, so everything may be used from any thread. Times are milliseconds, in JSON as integers
// whose names end in "_ms". Texts are UTF-8 without NUL.
#pragma once

#include <chrono>
#include <csignal>
#include <cstddef>
#include <expected>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

namespace lbdrain::hook {

/// The longest encoded task that decode_task() and lbdrain-hook accept, in bytes.
inline constexpr std::size_t kMaxTaskBytes = std::size_t{64} * 1024;

enum class Action { stop, start, ready };

/// A program run directly, without a shell, in a process group of its own, with the caller's
/// environment plus LBDRAIN_SERVICE, _SERVER, _ADDRESS, _ACTION, _RUN, _REASON and _BY.
/// What it leaves running must not keep its standard output: nobody reads that any more.
struct ExecHook {
    std::vector<std::string> argv;  // argv[0] is an absolute path

    bool operator==(const ExecHook&) const = default;
};

/// An HTTP request, never through a proxy, redirects not followed, sent again only when nothing of
/// it can have arrived. A body without a Content-Type among the headers goes as application/json.
struct HttpHook {
    std::string url;  // http:// or https://
    std::string method = "POST";
    std::string unix_socket;           // connect here instead of to the URL's host; empty: no
    std::vector<std::string> headers;  // "Name: value"
    std::string body;
    std::vector<int> expected_status;  // empty: any 2xx

    bool operator==(const HttpHook&) const = default;
};

/// The stop ladder: `signal` to one process, up to `stop_timeout` for it to exit, then SIGKILL to
/// everything that belongs to it. Exactly one of `pidfile` (absolute path) and `unit` (a systemd
/// unit, whose main process is meant) is set.
struct SignalHook {
    std::string pidfile;
    std::string unit;
    int signal = SIGTERM;
    std::chrono::milliseconds stop_timeout{30000};

    bool operator==(const SignalHook&) const = default;
};

/// The unit is stopped or started by systemd, over the system bus, in a job that this waits for. A
/// stop is done when the unit is inactive or failed and its control group is empty; that systemd
/// had to kill is said, and is no failure. The job belongs to systemd: it goes on when the hook is
/// killed or its time is up, and a hook that runs again joins it.
struct SystemdHook {
    std::string unit;  // its full name: "vllm@a.service"

    bool operator==(const SystemdHook&) const = default;
};

/// Passes when `passes` attempts in a row did. An attempt is GET `url` answered with 200 on a
/// connection of its own, or, with an empty url, a TCP connect to the task's address.
struct ReadyCheck {
    std::string url;
    unsigned passes = 3;
    std::chrono::milliseconds interval{1000};         // between two attempts
    std::chrono::milliseconds attempt_timeout{5000};  // of one attempt
    std::string expect_model;  // GET /v1/models of the same origin must list it; empty: not asked
    bool one_token = false;    // afterwards one POST /v1/completions, max_tokens 1, must answer 200

    bool operator==(const ReadyCheck&) const = default;
};

struct Task {
    std::string run_id;    // names this run; needed when run_file is set
    std::string run_file;  // absolute path that makes the run exactly-once; empty: off
    Action action = Action::stop;
    std::string service;
    std::string server;
    std::string address;  // host:port, [v6]:port or unix:/path
    std::string reason;
    std::string by;
    std::chrono::milliseconds timeout{300000};  // on all of it
    std::variant<ExecHook, HttpHook, SignalHook, ReadyCheck, SystemdHook> what;

    bool operator==(const Task&) const = default;
};

std::string_view to_string(Action action) noexcept;

/// One JSON object without a newline. Throws nothing but std::bad_alloc.
std::string encode(const Task& task);

/// Reads and checks a task; survives any bytes. The error names the member that is wrong, unknown
/// members included, and is fit to be shown to an operator.
std::expected<Task, std::string> decode_task(std::string_view json);

/// Why `task` cannot be run, or nothing. decode_task() has asked this already; a configuration
/// reader may ask it early.
std::expected<void, std::string> check(const Task& task);

}  // namespace lbdrain::hook
