// lbdrain-hook in a booted machine. One owner; not thread-safe.
#pragma once

#include <gtest/gtest.h>

#include <map>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "lbdrain/hook/event.hpp"
#include "lbdrain/hook/task.hpp"
#include "process.hpp"
#include "systemd_machine.hpp"

namespace lbdrain::test {

inline constexpr const char* kSleep = "ready; exec sleep 1000";  // a service that just runs

// What one run of lbdrain-hook said.
struct HookOutcome {
    std::vector<hook::Event> events;
    int status = -1;

    const hook::Event& result() const { return events.back(); }
    bool saw(std::string_view text) const;
    std::string all() const;  // every text, a line each
};

// A run that has been started.
class HookRun {
  public:
    // `prefix` comes before lbdrain-hook's own name: "setpriv", "--reuid=nobody", say.
    HookRun(const SystemdMachine& machine, const hook::Task& task,
            const std::vector<std::string>& prefix = {},
            const std::map<std::string, std::string>& env = {});

    // Waits until an event holds `text`; false when it ended before, or never said it.
    bool wait_until(std::string_view text);
    void signal(const std::string& name) const;
    HookOutcome wait();

  private:
    HookOutcome read() const;

    const SystemdMachine& machine_;
    std::string pidfile_;
    std::unique_ptr<Process> process_;
};

// A machine that can run lbdrain-hook, and tasks for units in it.
class SystemdTest : public ::testing::Test {
  protected:
    void SetUp() override;
    void TearDown() override;

    // Nothing listens at the task's address.
    static hook::Task task(hook::Action action, const std::string& unit,
                           Millis timeout = long_enough);
    HookOutcome stop(const std::string& unit) { return run(task(hook::Action::stop, unit)); }
    HookOutcome start(const std::string& unit) { return run(task(hook::Action::start, unit)); }
    HookOutcome run(const hook::Task& task) { return HookRun(*machine_, task).wait(); }

    // A service that is up once `script` has run `ready`, and its other settings.
    void add_service(const std::string& name, const std::string& script,
                     const std::string& settings = "");
    // The same, started.
    void serve(const std::string& name, const std::string& script,
               const std::string& settings = "");
    // Settings that make a stop wait until let_go().
    static std::string held_stop();
    void let_go() const { machine_->shell("touch /run/go"); }

    std::unique_ptr<SystemdMachine> machine_;
};

}  // namespace lbdrain::test
