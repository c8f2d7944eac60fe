// A real HAProxy in a directory of its own: master, workers, reloads, kills.
// All its processes, stopping workers included, live under guard processes and are gone when the
// object is destroyed or the test dies. Start it from the test's main thread (see Process), and in
// single mode reload it from there too: each of its generations is a process that we start.
// Afterwards the control functions may be called from one other thread, but not from two at a time;
// those marked "any thread" from anywhere (in single mode: while nobody reloads).
#pragma once

#include <gtest/gtest.h>
#include <sys/types.h>

#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "haproxy_config.hpp"
#include "process.hpp"
#include "process_table.hpp"
#include "temp_dir.hpp"

namespace lbdrain::test {

struct HaproxyWorker {
    ProcessEntry process;
    bool stopping = false;  // `show info` said Stopping: 1
    bool answers = true;    // else unknown; in single mode former processes have no socket to ask
};

class Haproxy {
  public:
    explicit Haproxy(HaproxyOptions options);
    ~Haproxy();
    Haproxy(const Haproxy&) = delete;
    Haproxy& operator=(const Haproxy&) = delete;

    // Returns when it serves. Usage: ASSERT_TRUE(haproxy.start());
    testing::AssertionResult start(Millis limit = long_enough);

    // For the next start or reload; written at once.
    void set_proxies(std::string proxies);
    void set_options(HaproxyOptions options);
    const HaproxyOptions& options() const { return options_; }

    // Returns when a new worker serves and all others are stopping or gone. A reload that HAProxy
    // refuses (bad configuration) is told as a failure as soon as it is known: the worker before
    // goes on serving and everything here goes on working.
    testing::AssertionResult reload(Millis limit = long_enough);
    // Only asks for it. False: nobody to ask.
    bool reload_without_waiting();

    // USR1: lets running requests finish; false if processes are left at the limit.
    testing::AssertionResult quit(Millis limit = long_enough);
    void stop();  // everything is killed at once

    pid_t master() const;                 // 0 if none, and in single mode; any thread
    std::vector<pid_t> pids() const;      // of all workers, from /proc alone; any thread
    pid_t serving() const;                // the worker that serves, 0 if none; any thread
    std::vector<pid_t> stopping() const;  // those that only finish their requests; any thread
    std::vector<HaproxyWorker> workers() const;  // asks each one; any thread

    // Signals one of its processes; false if the pid is none of them (any longer). HAProxy 2.6 ends
    // as a whole when its current worker is killed. Any thread.
    bool kill_worker(pid_t pid, int signal = SIGKILL);
    bool signal_master(int signal);
    // SIGSTOP to the master or a worker; returns when none of its threads runs any longer. SIGCONT
    // ends it. Any thread.
    bool freeze(pid_t pid, Millis limit = long_enough);

    // One connection, one line, the whole answer; nothing when the socket refuses, or when the
    // answer has not ended at the limit. Any thread.
    std::optional<std::string> cli(const std::string& command, Millis limit = long_enough) const;
    // The same on the master socket. `;quit` is added, since that one does not close by itself.
    std::optional<std::string> master_cli(const std::string& command,
                                          Millis limit = long_enough) const;

    const TempDir& directory() const { return directory_; }
    std::string stats_socket() const { return (directory_ / "admin.sock").string(); }
    std::string master_socket() const { return (directory_ / "master.sock").string(); }
    std::string state_file() const { return (directory_ / "server-state").string(); }
    std::string config_file() const { return (directory_ / "haproxy.cfg").string(); }

    std::string log() const;  // what all processes wrote, requests included; any thread
    bool wait_for_log(const std::string& text, Millis limit = long_enough) const;
    // No [ALERT], no crash; lines that hold an allowed text are passed over.
    testing::AssertionResult clean_log(const std::vector<std::string>& allowed = {}) const;

  private:
    bool master_worker() const { return options_.mode == HaproxyMode::master_worker; }
    void launch(const std::vector<std::string>& more_arguments);
    std::vector<ProcessEntry> worker_processes() const;
    void drop_ended_guards();
    testing::AssertionResult failure(const std::string& what) const;
    testing::AssertionResult reload_single(Millis limit);

    HaproxyOptions options_;
    TempDir directory_;
    std::vector<std::unique_ptr<Process>> guards_;  // the newest last
};

}  // namespace lbdrain::test
