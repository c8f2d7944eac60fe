// What the hook tests stand on: directories of their own, the program under test as a process, and
// small servers on ephemeral loopback ports.
#pragma once

#include <sys/types.h>

#include <atomic>
#include <chrono>
#include <functional>
#include <optional>
#include <string>
#include <string_view>
#include <thread>
#include <vector>

#include "lbdrain/hook/event.hpp"
#include "lbdrain/hook/task.hpp"
#include "runner/reporter.hpp"
#include "runner/unique_fd.hpp"

namespace lbdrain::hook::test {

using std::chrono::milliseconds;

/// A directory that goes with the object.
class TempDir {
  public:
    TempDir();
    TempDir(const TempDir&) = delete;
    TempDir& operator=(const TempDir&) = delete;
    ~TempDir();

    std::string path(std::string_view name) const;
    /// Writes `content` to `name` and answers with its path.
    std::string write(std::string_view name, std::string_view content) const;

  private:
    std::string path_;
};

/// Keeps what is reported.
struct Recorder final : Reporter {
    void report(const Event& event) override { events.push_back(event); }
    bool saw(std::string_view text) const;

    std::vector<Event> events;
};

/// Waits, in short steps, until `done` says so; false when it has not within 10 s.
bool eventually(const std::function<bool()>& done);

/// What one run of lbdrain-hook said.
struct Outcome {
    std::vector<Event> events;
    int status = -1;
    bool well_formed = true;  // every line decoded

    const Event& result() const { return events.back(); }
    /// Exactly one result, and it is last.
    bool ends_properly() const;
    bool saw(Event::Kind kind, std::string_view text) const;
};

/// lbdrain-hook as a process. A run that is not waited for is killed.
class Hook {
  public:
    explicit Hook(std::string_view input);
    explicit Hook(const Task& task) : Hook(std::string_view(encode(task))) {}
    Hook(const Hook&) = delete;
    Hook& operator=(const Hook&) = delete;
    ~Hook();

    pid_t pid() const { return pid_; }
    void signal(int number) const;
    /// Reads until an event holds `text`; false when the output ended before.
    bool read_until(std::string_view text);
    /// Goes away as a dying caller does: nobody reads the output any more.
    void abandon();
    Outcome wait();

  private:
    bool read_line();

    pid_t pid_ = 0;
    UniqueFd output_;
    std::string buffer_;
    Outcome outcome_;
};

Outcome run_hook(const Task& task);

/// `/bin/sh -c script`, for a start.
Task shell(std::string script, milliseconds timeout = milliseconds(20000));

/// A loopback TCP port at which nobody listens. `hold` keeps it bound, so that nobody else gets it.
class Port {
  public:
    Port();
    int number() const { return number_; }
    std::string address() const;
    /// Listens from now on; connections are completed by the kernel.
    void listen() const;
    void close() { fd_.reset(); }
    int fd() const { return fd_.get(); }

  private:
    UniqueFd fd_;
    int number_ = 0;
};

/// Answers HTTP requests, one a connection, with what `answer` says: "503", "200 body", or "" for a
/// close without an answer. Runs a thread until it is destroyed.
class HttpServer {
  public:
    using Answer = std::function<std::string(const std::string& request)>;

    /// On `listening`, a socket that listens already; owned from now on.
    HttpServer(UniqueFd listening, Answer answer);
    HttpServer(const HttpServer&) = delete;
    HttpServer& operator=(const HttpServer&) = delete;
    ~HttpServer();

    /// How many connections have been taken.
    int connections() const { return connections_; }

  private:
    void serve();

    UniqueFd listening_;
    Answer answer_;
    std::atomic<int> connections_ = 0;
    UniqueFd stop_;
    std::thread thread_;
};

/// A listening socket on a loopback port, its address in `address`.
UniqueFd listen_tcp(std::string& address);
UniqueFd listen_unix(const std::string& path);

/// A process of the tests, killed with its process group and session at the end.
class Process {
  public:
    /// `/bin/sh -c script` as the leader of a process group of its own (of a session, if asked).
    explicit Process(const std::string& script, bool session = false);
    Process(const Process&) = delete;
    Process& operator=(const Process&) = delete;
    ~Process();

    pid_t pid() const { return pid_; }

  private:
    pid_t pid_ = 0;
};

/// Whether `pid` runs (a zombie does not).
bool runs(pid_t pid);
std::string read_file(const std::string& path);
/// The pid that `path` holds once it does; 0 when it never comes.
pid_t await_pid(const std::string& path);

}  // namespace lbdrain::hook::test
