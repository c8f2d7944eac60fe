// A real nginx in a directory of its own: master, workers, reloads, binary upgrades, kills.
// All its processes, old and new masters and orphaned workers included, live under a guard process
// and are gone when the object is destroyed or the test dies. Start it from the test's main thread
// (see Process). Afterwards the control functions may be called from one other thread, but not from
// two at a time; those marked "any thread" from anywhere.
#pragma once

#include <gtest/gtest.h>
#include <sys/types.h>

#include <memory>
#include <string>
#include <vector>

#include "nginx_config.hpp"
#include "process.hpp"
#include "process_table.hpp"
#include "temp_dir.hpp"

namespace lbdrain::test {

struct NginxWorker {
    ProcessEntry process;
    bool shutting_down = false;  // belongs to a former generation
};

// What becomes of the old master once the new one serves.
enum class OldMaster { quit, keep };

class Nginx {
  public:
    explicit Nginx(NginxOptions options);
    ~Nginx();
    Nginx(const Nginx&) = delete;
    Nginx& operator=(const Nginx&) = delete;

    // Returns when all workers serve. Usage: ASSERT_TRUE(nginx.start());
    testing::AssertionResult start(Millis limit = long_enough);

    // For the next start, reload or test_config(); written at once.
    void set_http(std::string http);
    void set_options(NginxOptions options);
    const NginxOptions& options() const { return options_; }

    // HUP; returns when a whole new generation of workers serves and the old one is shutting down.
    testing::AssertionResult reload(Millis limit = long_enough);

    // USR2; returns when the new master's workers serve and the old master was told to quit (or was
    // kept). Waits first until the master before the last is gone: nginx refuses a third one.
    testing::AssertionResult binary_upgrade(OldMaster old_master = OldMaster::quit,
                                            Millis limit = long_enough);

    // QUIT: lets running requests finish; false if processes are left at the limit.
    testing::AssertionResult quit(Millis limit = long_enough);
    void stop();  // everything is killed at once

    pid_t master() const;                      // the newest, 0 if none; any thread
    pid_t old_master() const;                  // during a binary upgrade, else 0; any thread
    std::vector<NginxWorker> workers() const;  // of all generations and masters; any thread
    std::vector<pid_t> serving() const;        // workers that take new connections; any thread

    // Signals one of this nginx's processes; false if the pid is none of them (any longer). Any
    // thread.
    bool kill_worker(pid_t pid, int signal = SIGKILL);
    bool signal_master(int signal);

    // nginx -t; what it complains about is in `err` and not in error_log().
    CommandResult test_config();
    // nginx ARGS... with this prefix and configuration, say {"-s", "reload"}.
    CommandResult command(const std::vector<std::string>& args);

    const TempDir& directory() const { return directory_; }
    std::string error_log() const;  // any thread
    bool wait_for_log(const std::string& text, Millis limit = long_enough) const;

    // No line at [alert], [emerg], [crit], no crash, no sanitizer report; lines that hold an
    // allowed text are passed over (say "exited on signal 9" after a kill_worker()).
    testing::AssertionResult clean_log(const std::vector<std::string>& allowed = {}) const;
    void expect_clean_log(const std::vector<std::string>& allowed = {}) const;

  private:
    pid_t pid_in(const char* file) const;
    std::vector<ProcessEntry> tree() const;
    testing::AssertionResult failure(const std::string& what) const;
    std::vector<std::string> arguments(const char* conf, const char* log) const;
    CommandResult run(std::vector<std::string> argv) const;
    std::vector<pid_t> serving_under(pid_t master) const;

    NginxOptions options_;
    TempDir directory_;
    std::unique_ptr<Process> guard_;
};

}  // namespace lbdrain::test
