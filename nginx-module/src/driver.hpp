// Drives the sequences: one worker of all generations at a time, the one that holds the driver
// lock. It looks, lets advance() decide, writes the outcome back, and starts hooks.
//
// A worker without running sequences in the state file has no timer: an idle NGINX is not woken.
// While one runs, every worker looks now and then whether somebody drives. When the driving worker
// dies, the kernel drops its lock and the next one that looks carries on from the state file; one
// that is told to quit hands the role on and wakes the others.
//
// One a worker process; single thread; its timers are cancelable, so an old worker may exit.
#pragma once

#include <memory>
#include <unordered_map>

#include "src/config.hpp"
#include "src/hook_process.hpp"
#include "src/ngx.hpp"
#include "src/wake.hpp"
#include "state/state_file.hpp"

namespace lbdrain::nginx {

class Driver {
  public:
    // At the start and end of a worker.
    static void start(ngx_cycle_t* cycle, const MainConf& main, StateFile& state);
    static void stop() noexcept;
    // Something changed: look now. No effect in a process that has no driver.
    static void kick() noexcept;
    // A sequence began: all workers of all generations look.
    static void wake_all() noexcept;

    Driver(ngx_cycle_t* cycle, const MainConf& main, StateFile& state);
    ~Driver();
    Driver(const Driver&) = delete;
    Driver& operator=(const Driver&) = delete;

  private:
    static void on_timer(ngx_event_t* event) noexcept;
    void tick();
    void step_down() noexcept;
    void hand_over() noexcept;
    void watch();
    bool take_role() noexcept;
    bool repair() noexcept;
    void end_orphans() noexcept;
    void again_in(ngx_msec_t delay) noexcept;
    bool anything_running() const noexcept;
    // Returns the state it left the server in; nullopt: the control lock was busy, try again.
    std::optional<ServerState> drive(std::uint32_t index, const Place& place);
    void run_hook(const Place& place, const Sequence& sequence);
    void add_run_status(std::uint32_t index, Observation& seen) const;
    void log_change(const Place& place, const Sequence& before, const Sequence& after) const;

    const MainConf& main_;
    std::string wake_file_;
    std::unique_ptr<Wake> wake_;
    StateFile& state_;
    ngx_log_t* log_;
    bool driving_ = false;
    bool repaired_ = false;  // flags were brought in step after whoever drove before
    ngx_event_t timer_{};
    ngx_connection_t timer_data_{};  // ngx_event_t.data must look like a connection to debug logs
    std::unordered_map<std::uint32_t, std::unique_ptr<HookProcess>> hooks_;
};

}  // namespace lbdrain::nginx
