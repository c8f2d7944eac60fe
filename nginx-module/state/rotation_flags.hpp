// Who is out of rotation, and what is in flight: derived from the sequences, for all workers.
//
// A replica may stand in several upstreams at the same address. A sequence that may stop its
// process holds it out of rotation in all of them, and counts what is in flight in all of them.
#pragma once

#include <cstdint>

#include "state/state_file.hpp"

namespace lbdrain::nginx {

// Brings flags and holds in step with the sequence of `server`; raises the epoch if any server
// entered or left rotation. Under the control lock. Safe to repeat, so a writer killed between
// commit() and this is made good by the next one.
void sync_rotation(const StateFile& state, std::uint32_t server) noexcept;

// The same for every server that is not plainly ready. Under the control lock.
void sync_all(const StateFile& state) noexcept;

// A server was taken out of the configuration with a sequence running, or holding others: nobody
// could drive or end that any more. It ends as cancelled, the server is `down` should it come back,
// and holds nothing. Under the control lock.
void end_orphan(const StateFile& state, std::uint32_t server, Millis now) noexcept;

// May a sequence like this one stop, or have stopped, the process behind the server?
bool holds_replica(const Sequence& sequence) noexcept;

// What is in flight on the server now, over all live workers of all generations, and over the
// servers that it holds. Run status is not known here and left empty.
Observation observe(const StateFile& state, std::uint32_t server) noexcept;

// In flight on this very server; workers that cannot be read are left out. For display.
std::uint64_t in_flight(const StateFile& state, std::uint32_t server) noexcept;

// Live workers that count.
unsigned counted_workers(const StateFile& state) noexcept;

}  // namespace lbdrain::nginx
