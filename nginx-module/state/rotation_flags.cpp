#include "state/rotation_flags.hpp"

#include <algorithm>

namespace lbdrain::nginx {
namespace {

// Sets the flags that follow from sequence and hold. Returns whether rotation changed, so that the
// epoch has to rise; until settle() the flags say so too.
bool update_flags(const StateFile& state, std::uint32_t server, const Sequence& sequence) noexcept {
    const bool out =
        !in_rotation(sequence.state) || state.entry(server).hold.load(std::memory_order_relaxed);
    const std::uint32_t want =
        flag_used | (out ? flag_out : 0) | (running(sequence) ? flag_running : 0);
    const std::uint32_t before = state.flags(server).load();
    const bool moves = ((before ^ want) & flag_out) != 0 || (before & flag_moving) != 0;
    const std::uint32_t after = want | (moves ? flag_moving : 0);
    if (after != before) {
        state.flags(server).store(after);
    }
    return moves;
}

void settle(const StateFile& state, std::uint32_t server) noexcept {
    if ((state.flags(server).load() & flag_moving) != 0) {
        state.flags(server).fetch_and(~flag_moving);
    }
}

bool used(const StateFile& state, std::uint32_t server) noexcept {
    return (state.flags(server).load(std::memory_order_relaxed) & flag_used) != 0;
}

std::int32_t count_in_slot(const StateFile& state, std::uint32_t slot,
                           std::uint32_t server) noexcept {
    return std::max(0, state.counts(slot)[server].load(std::memory_order_acquire));
}

}  // namespace

bool holds_replica(const Sequence& sequence) noexcept {
    // `down` says nothing of the process; what the server was before does.
    const bool is_down = sequence.state == ServerState::down;
    switch (is_down ? sequence.before : sequence.state) {
        case ServerState::stopping:
        case ServerState::stopped:
        case ServerState::starting:
        case ServerState::failed:
            return true;
        case ServerState::draining:
        case ServerState::drained:
            return !is_down && (sequence.goal == Goal::stopped || sequence.goal == Goal::restarted);
        default:
            return false;
    }
}

void sync_rotation(const StateFile& state, std::uint32_t server) noexcept {
    const Sequence sequence = state.read(server);
    const bool holds = holds_replica(sequence);
    // Whoever stops the process has taken it out before. One that only waits for it (`ready` of a
    // server that was down) must not: others may be using it.
    const bool takes =
        holds && sequence.state != ServerState::starting && sequence.state != ServerState::failed;
    bool changed = update_flags(state, server, sequence);
    const auto& address = state.entry(server).address;
    for (std::uint32_t other = 0; other < state.extent().servers; ++other) {
        if (other == server || !used(state, other) || !(state.entry(other).address == address)) {
            continue;
        }
        std::atomic<std::uint32_t>& hold = state.entry(other).hold;
        if (takes && hold.load() == 0) {
            hold.store(server + 1);
        } else if (!holds && hold.load() == server + 1) {
            hold.store(0);
        }
        changed = update_flags(state, other, state.read(other)) || changed;
    }
    if (!changed) {
        return;
    }
    state.header().epoch.fetch_add(1, std::memory_order_seq_cst);
    for (std::uint32_t other = 0; other < state.extent().servers; ++other) {
        if (used(state, other) && state.entry(other).address == address) {
            settle(state, other);
        }
    }
}

void end_orphan(const StateFile& state, std::uint32_t server, Millis now) noexcept {
    Sequence sequence = state.read(server);
    Command down;
    down.goal = Goal::down;
    down.by.assign("configuration");
    down.reason.assign("the server was taken out of the configuration");
    static_cast<void>(command(sequence, down, state.header().next_id.fetch_add(1), now));
    sequence.before = ServerState::ready;  // so that it holds nothing any more
    state.commit(server, sequence);
    sync_rotation(state, server);
}

void sync_all(const StateFile& state) noexcept {
    for (std::uint32_t server = 0; server < state.extent().servers; ++server) {
        if (!used(state, server)) {
            continue;
        }
        const std::uint32_t holder = state.entry(server).hold.load();
        if (holder > state.extent().servers) {
            state.entry(server).hold.store(0);  // damaged
        } else if (holder != 0) {
            sync_rotation(state, holder - 1);
        }
        if (state.flags(server).load() != flag_used ||
            state.read(server).state != ServerState::ready) {
            sync_rotation(state, server);
        }
    }
}

Observation observe(const StateFile& state, std::uint32_t server) noexcept {
    Observation seen;
    seen.out_of_rotation = (state.flags(server).load(std::memory_order_seq_cst) &
                            (flag_out | flag_moving)) == flag_out;
    // Orders the look at the marks behind the change of epoch that took the server out.
    std::atomic_thread_fence(std::memory_order_seq_cst);
    // All marks are read before any count: a choice made before its mark was even is counted.
    seen.complete = !state.uncounted_worker();
    for (std::uint32_t slot = 0; slot < state.extent().slots; ++slot) {
        const Slot& worker = state.slot(slot);
        if (worker.pid.load(std::memory_order_acquire) != 0 &&
            worker.selecting.load(std::memory_order_seq_cst) % 2 != 0 && state.slot_alive(slot)) {
            seen.complete = false;
        }
    }
    seen.in_flight = in_flight(state, server);
    for (std::uint32_t other = 0; other < state.extent().servers; ++other) {
        if (state.entry(other).hold.load(std::memory_order_relaxed) == server + 1) {
            seen.in_flight += in_flight(state, other);
        }
    }
    return seen;
}

std::uint64_t in_flight(const StateFile& state, std::uint32_t server) noexcept {
    std::uint64_t sum = 0;
    for (std::uint32_t slot = 0; slot < state.extent().slots; ++slot) {
        if (state.slot(slot).pid.load(std::memory_order_acquire) == 0) {
            continue;
        }
        const std::int32_t count = count_in_slot(state, slot, server);
        if (count > 0 && state.slot_alive(slot)) {
            sum += static_cast<std::uint64_t>(count);
        }
    }
    return sum;
}

unsigned counted_workers(const StateFile& state) noexcept {
    unsigned count = 0;
    for (std::uint32_t slot = 0; slot < state.extent().slots; ++slot) {
        if (state.slot(slot).pid.load() != 0 && state.slot_alive(slot)) {
            ++count;
        }
    }
    return count;
}

}  // namespace lbdrain::nginx
