// The module in the life of NGINX's processes, and what each process keeps: the state file.
#pragma once

#include "lbdrain/sequence.hpp"
#include "src/ngx.hpp"
#include "state/state_file.hpp"

namespace lbdrain::nginx {

// Null before the first configuration with drain_state was taken, and in processes that only test
// or signal. The master opens it; workers inherit it by fork.
StateFile* state_file() noexcept;
StateFile* adopt_state_file(StateFile&& state);

// This worker's slot and its counts; null when it has none.
Slot* own_slot() noexcept;
Count* own_counts() noexcept;

// CLOCK_BOOTTIME: does not jump, and all processes of the machine share it.
Millis now_ms() noexcept;
// The wall clock's time of a moment of that clock.
std::int64_t to_unix_ms(Millis moment) noexcept;

// Master: puts the states into the new cycle's peers, before any of its workers is born. Cannot
// fail: a failure here would end the master (ngx_cycle.c).
ngx_int_t init_module(ngx_cycle_t* cycle) noexcept;
ngx_int_t init_process(ngx_cycle_t* cycle) noexcept;
void exit_process(ngx_cycle_t* cycle) noexcept;

}  // namespace lbdrain::nginx
