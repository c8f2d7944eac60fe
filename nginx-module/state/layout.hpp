// The shared mapping's layout: what all workers of all generations of NGINX share.
//
// One file on tmpfs, mapped MAP_SHARED. It outlives reloads, USR2 upgrades and workers, and after a
// binary upgrade two builds of this module use it at the same time: the layout is versioned and is
// never changed in place. Offsets follow from the two sizes in the header alone.
//
//     Header | flags[servers] | Entry[servers] | slots x (Slot | counts[servers])
//
// Who writes what:
// - Entry and flags: whoever holds the control lock (state_file.hpp); read by anyone at any time.
// - Slot and its counts: the one worker that holds the slot's record lock; read by anyone.
#pragma once

#include <array>
#include <atomic>
#include <cstddef>
#include <cstdint>
#include <type_traits>

#include "lbdrain/fixed_text.hpp"
#include "lbdrain/sequence.hpp"

namespace lbdrain::nginx {

inline constexpr std::array<char, 8> layout_magic{'L', 'B', 'D', 'R', 'A', 'I', 'N', '\n'};
inline constexpr std::uint32_t layout_version = 1;
inline constexpr std::size_t cache_line = 64;

static_assert(std::atomic<std::uint32_t>::is_always_lock_free);
static_assert(std::atomic<std::int32_t>::is_always_lock_free);
static_assert(std::atomic<std::uint64_t>::is_always_lock_free);

struct alignas(cache_line) Header {
    std::array<char, 8> magic{};
    std::uint32_t layout = 0;
    std::uint32_t slots = 0;
    std::uint32_t servers = 0;
    std::uint32_t entry_size = 0;  // a second check that both builds mean the same Entry
    std::array<char, 40> boot_id{};
    std::uint64_t instance = 0;  // random, of this file: makes the ids of hook runs unique
    // Rises whenever a server enters or leaves rotation; workers re-apply states when it moved.
    alignas(cache_line) std::atomic<std::uint32_t> epoch{1};
    std::atomic<std::uint32_t> generation{0};  // of the configuration registered last
    std::atomic<std::uint64_t> next_id{1};     // of sequences
};

// Bits of flags[i]. Compact and apart from the entries, because selection reads them.
inline constexpr std::uint32_t flag_used = 1;
inline constexpr std::uint32_t flag_out = 2;      // out of rotation
inline constexpr std::uint32_t flag_running = 4;  // a sequence is running
// flag_out was changed, the epoch may not have risen yet: who changed it may have died in between.
inline constexpr std::uint32_t flag_moving = 8;

struct alignas(cache_line) Entry {
    FixedText<128> service;
    FixedText<128> address;
    std::atomic<std::uint32_t> generation{0};  // registered last by this generation
    // 1 + index of the server (same address, another upstream) whose sequence holds this one out of
    // rotation; 0: none.
    std::atomic<std::uint32_t> hold{0};
    // The sequence is written to the buffer that is not current, then this is raised: a writer
    // killed halfway leaves the old value whole. version % 2 selects the current buffer.
    std::atomic<std::uint32_t> version{0};
    std::array<Sequence, 2> buffers{};
};

struct alignas(cache_line) Slot {
    std::atomic<std::uint32_t> pid{0};  // 0: free, and nothing is counted here
    std::atomic<std::uint32_t> generation{0};
    // Odd while its worker chooses a server: the choice is not counted yet.
    std::atomic<std::uint32_t> selecting{0};
};
static_assert(sizeof(Slot) == cache_line);

using Count = std::atomic<std::int32_t>;

constexpr std::size_t aligned(std::size_t size) noexcept {
    return (size + cache_line - 1) / cache_line * cache_line;
}

// Where things stand in a file of these sizes.
struct Extent {
    std::uint32_t slots = 0;
    std::uint32_t servers = 0;

    constexpr std::size_t flags() const noexcept { return sizeof(Header); }
    constexpr std::size_t entries() const noexcept {
        return flags() + aligned(servers * sizeof(std::atomic<std::uint32_t>));
    }
    constexpr std::size_t slot_area() const noexcept { return entries() + servers * sizeof(Entry); }
    constexpr std::size_t slot_stride() const noexcept {
        return sizeof(Slot) + aligned(servers * sizeof(Count));
    }
    constexpr std::size_t size() const noexcept { return slot_area() + slots * slot_stride(); }
};

}  // namespace lbdrain::nginx
