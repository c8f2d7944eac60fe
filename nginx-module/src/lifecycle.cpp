#include "src/lifecycle.hpp"

#include <ctime>
#include <optional>

#include "src/driver.hpp"
#include "src/fence.hpp"
#include "src/module.hpp"
#include "src/rotation.hpp"
#include "state/rotation_flags.hpp"

namespace lbdrain::nginx {
namespace {

// Statics of the module survive reloads: it is never unloaded while the configuration names it.
std::optional<StateFile> the_state;
Slot* the_slot = nullptr;
Count* the_counts = nullptr;

std::int64_t nanoseconds(clockid_t clock) noexcept {
    timespec now{};
    ::clock_gettime(clock, &now);
    return std::int64_t{now.tv_sec} * 1000000000 + now.tv_nsec;
}

// Not the cache manager or loader, which run init_process too.
bool is_worker() noexcept {
    return ngx_process == NGX_PROCESS_WORKER || ngx_process == NGX_PROCESS_SINGLE;
}

}  // namespace

StateFile* state_file() noexcept {
    return the_state ? &*the_state : nullptr;
}

StateFile* adopt_state_file(StateFile&& state) {
    the_state.emplace(std::move(state));
    return &*the_state;
}

Slot* own_slot() noexcept {
    return the_slot;
}
Count* own_counts() noexcept {
    return the_counts;
}

Millis now_ms() noexcept {
    return nanoseconds(CLOCK_BOOTTIME) / 1000000;
}

std::int64_t to_unix_ms(Millis moment) noexcept {
    return moment + (nanoseconds(CLOCK_REALTIME) - nanoseconds(CLOCK_BOOTTIME)) / 1000000;
}

ngx_int_t init_module(ngx_cycle_t* cycle) noexcept {
    const StateFile* state = state_file();
    const MainConf* main = main_conf(cycle);
    if (ngx_test_config != 0 || state == nullptr || main == nullptr || !main->enabled) {
        return NGX_OK;
    }
    for (const auto& group : main->groups) {
        apply_rotation(*state, *group);
    }
    return NGX_OK;
}

ngx_int_t init_process(ngx_cycle_t* cycle) noexcept {
    StateFile* state = state_file();
    MainConf* main = main_conf(cycle);
    if (!is_worker() || state == nullptr || main == nullptr || !main->enabled) {
        return NGX_OK;
    }
    if (state->claim_slot(main->generation)) {
        the_slot = &state->slot(*state->own_slot());
        the_counts = state->counts(*state->own_slot());
    } else {
        // It serves all the same: refusing traffic would be the larger harm. Nothing is called
        // drained while it lives, and the API says why.
        ngx_log_error(NGX_LOG_ALERT, cycle->log, 0,
                      "drain: no free slot for this worker, its requests are not counted and no "
                      "server will be called drained while it runs; raise slots=%uD of drain_state",
                      state->extent().slots);
    }
    fenced(cycle->log, [&] { Driver::start(cycle, *main, *state); });
    return NGX_OK;
}

void exit_process(ngx_cycle_t* cycle) noexcept {
    StateFile* state = state_file();
    if (!is_worker() || state == nullptr) {
        return;
    }
    fenced(cycle->log, [] { Driver::stop(); });
    // Every request has been answered or dropped by now.
    the_slot = nullptr;
    the_counts = nullptr;
    state->release_slot();
}

}  // namespace lbdrain::nginx
