#include "state/state_file.hpp"

#include <fcntl.h>
#include <sys/file.h>
#include <unistd.h>

#include <algorithm>
#include <limits>

#include "state/rotation_flags.hpp"

namespace lbdrain::nginx {
namespace {

// Record locks may stand behind the end of the file. One byte each.
constexpr std::int64_t slot_locks = std::int64_t{1} << 40;
constexpr std::int64_t control_lock = slot_locks - 1;
constexpr std::int64_t driver_lock = slot_locks - 2;
constexpr std::int64_t overflow_lock = slot_locks - 3;  // shared by all workers without a slot

struct flock range(int type, std::int64_t byte) noexcept {
    struct flock lock {};
    lock.l_type = static_cast<short>(type);
    lock.l_whence = SEEK_SET;
    lock.l_start = byte;
    lock.l_len = 1;
    return lock;
}

}  // namespace

Header& StateFile::header() const noexcept {
    return *reinterpret_cast<Header*>(base_);
}

std::atomic<std::uint32_t>& StateFile::flags(std::uint32_t server) const noexcept {
    return reinterpret_cast<std::atomic<std::uint32_t>*>(base_ + extent_.flags())[server];
}

Entry& StateFile::entry(std::uint32_t server) const noexcept {
    return reinterpret_cast<Entry*>(base_ + extent_.entries())[server];
}

Slot& StateFile::slot(std::uint32_t slot) const noexcept {
    return *reinterpret_cast<Slot*>(base_ + extent_.slot_area() + slot * extent_.slot_stride());
}

Count* StateFile::counts(std::uint32_t slot) const noexcept {
    return reinterpret_cast<Count*>(base_ + extent_.slot_area() + slot * extent_.slot_stride() +
                                    sizeof(Slot));
}

bool StateFile::lock(int type, std::int64_t byte) const noexcept {
    struct flock lock = range(type, byte);
    return ::fcntl(fd_, F_SETLK, &lock) == 0;
}

bool StateFile::locked_by_other(std::int64_t byte) const noexcept {
    struct flock lock = range(F_WRLCK, byte);
    // A lock that cannot be read counts as held: never take an unread worker for a dead one.
    return ::fcntl(fd_, F_GETLK, &lock) != 0 || lock.l_type != F_UNLCK;
}

std::expected<std::uint32_t, std::string> StateFile::begin_generation() const {
    return header().generation.fetch_add(1) + 1;
}

std::optional<std::uint32_t> StateFile::find(std::string_view service,
                                             std::string_view address) const noexcept {
    for (std::uint32_t i = 0; i < extent_.servers; ++i) {
        if ((flags(i).load(std::memory_order_relaxed) & flag_used) != 0 &&
            entry(i).service.view() == service && entry(i).address.view() == address) {
            return i;
        }
    }
    return std::nullopt;
}

// The oldest generation that a live worker still runs.
std::uint32_t StateFile::oldest_generation() const noexcept {
    auto oldest = std::numeric_limits<std::uint32_t>::max();
    for (std::uint32_t s = 0; s < extent_.slots; ++s) {
        if (slot(s).pid.load() != 0 && slot_alive(s)) {
            oldest = std::min(oldest, slot(s).generation.load());
        }
    }
    return oldest;
}

std::optional<std::uint32_t> StateFile::free_entry() const noexcept {
    for (std::uint32_t i = 0; i < extent_.servers; ++i) {
        if ((flags(i).load() & flag_used) == 0) {
            return i;
        }
    }
    // All taken: reuse one that no live worker's configuration knows and that is plainly ready.
    const std::uint32_t oldest = oldest_generation();
    const std::uint32_t newest = header().generation.load();
    for (std::uint32_t i = 0; i < extent_.servers; ++i) {
        const std::uint32_t last = entry(i).generation.load();
        if (last < oldest && last + 1 < newest && flags(i).load() == flag_used) {
            return i;
        }
    }
    return std::nullopt;
}

// A sequence at the same address may have stopped the process: the new server is out from the
// start, before a worker that knows it takes a request. Nobody uses it yet, so no epoch has to
// rise.
void StateFile::join_hold(std::uint32_t fresh) const noexcept {
    for (std::uint32_t other = 0; other < extent_.servers; ++other) {
        if (other != fresh && (flags(other).load() & flag_used) != 0 &&
            entry(other).address == entry(fresh).address && holds_replica(read(other))) {
            entry(fresh).hold.store(other + 1);
            flags(fresh).fetch_or(flag_out);
            return;
        }
    }
}

std::expected<std::uint32_t, std::string> StateFile::enroll(std::string_view service,
                                                            std::string_view address,
                                                            std::uint32_t generation) const {
    ::flock(fd_, LOCK_EX);
    auto index = find(service, address);
    if (!index) {
        index = free_entry();
        if (!index) {
            ::flock(fd_, LOCK_UN);
            return std::unexpected("the drain state is full: servers=" +
                                   std::to_string(extent_.servers) + " is too small");
        }
        Entry& fresh = entry(*index);
        fresh.service.assign(service);
        fresh.address.assign(address);
        fresh.hold.store(0);
        commit(*index, Sequence{});
        flags(*index).store(flag_used);
        join_hold(*index);
    }
    entry(*index).generation.store(generation);
    ::flock(fd_, LOCK_UN);
    return *index;
}

bool StateFile::claim_slot(std::uint32_t generation) noexcept {
    for (std::uint32_t s = 0; s < extent_.slots; ++s) {
        if (!lock(F_WRLCK, slot_locks + s)) {
            continue;
        }
        // What a dead worker left here counts for nothing: its connections died with it.
        for (std::uint32_t i = 0; i < extent_.servers; ++i) {
            counts(s)[i].store(0, std::memory_order_relaxed);
        }
        slot(s).selecting.store(0);
        slot(s).generation.store(generation);
        slot(s).pid.store(static_cast<std::uint32_t>(::getpid()));
        own_slot_ = s;
        return true;
    }
    overflowed_ = true;
    lock(F_RDLCK, overflow_lock);
    return false;
}

void StateFile::release_slot() noexcept {
    if (own_slot_) {
        slot(*own_slot_).pid.store(0);
        lock(F_UNLCK, slot_locks + *own_slot_);
        own_slot_.reset();
    }
}

bool StateFile::slot_alive(std::uint32_t slot) const noexcept {
    return own_slot_ == slot || locked_by_other(slot_locks + slot);
}

bool StateFile::uncounted_worker() const noexcept {
    return overflowed_ || locked_by_other(overflow_lock);
}

bool StateFile::try_control_lock() const noexcept {
    return lock(F_WRLCK, control_lock);
}
void StateFile::control_unlock() const noexcept {
    lock(F_UNLCK, control_lock);
}
bool StateFile::try_driver_lock() const noexcept {
    return lock(F_WRLCK, driver_lock);
}
void StateFile::driver_unlock() const noexcept {
    lock(F_UNLCK, driver_lock);
}

Sequence StateFile::read(std::uint32_t server) const noexcept {
    const Entry& from = entry(server);
    for (;;) {
        const std::uint32_t before = from.version.load(std::memory_order_acquire);
        Sequence copy = from.buffers[before % 2];
        std::atomic_thread_fence(std::memory_order_acquire);
        // Writers alternate: this buffer is written again only after two more commits.
        if (from.version.load(std::memory_order_relaxed) == before) {
            return copy;
        }
    }
}

void StateFile::commit(std::uint32_t server, const Sequence& sequence) const noexcept {
    Entry& to = entry(server);
    const std::uint32_t version = to.version.load(std::memory_order_relaxed);
    // The version that readers of this buffer have must be seen to be past before it is written.
    std::atomic_thread_fence(std::memory_order_seq_cst);
    to.buffers[(version + 1) % 2] = sequence;
    to.version.store(version + 1, std::memory_order_release);
}

}  // namespace lbdrain::nginx
