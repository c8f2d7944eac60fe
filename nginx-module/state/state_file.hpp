// The state file: opened and mapped by the NGINX master, inherited by its workers.
//
// Locks are fcntl record locks on bytes far behind the end of the file, because the kernel drops
// them at any death of their holder and a fork does not inherit them. They belong to the process:
// closing ANY descriptor of this file in a worker would drop that worker's locks, so nothing here
// closes one after the fork. One thread a process may use a StateFile.
//
// The file has to be on a local file system; tmpfs is meant (record locks, no write-back).
#pragma once

#include <cstdint>
#include <expected>
#include <optional>
#include <string>
#include <string_view>

#include "state/layout.hpp"

namespace lbdrain::nginx {

class StateFile {
  public:
    // Opens or creates the file and maps it. Creates the directory it stands in, if only that one
    // is missing. Refuses a file that is not ours, of another layout, or of other sizes. `now` is
    // used when the file is from before the last boot of the machine: its clock started anew.
    static std::expected<StateFile, std::string> open(const std::string& path, Extent extent,
                                                      Millis now);

    // The same checks without creating or changing anything; a file that does not exist is fine.
    static std::expected<void, std::string> check(const std::string& path, Extent extent);

    StateFile(StateFile&& other) noexcept;
    StateFile& operator=(StateFile&& other) noexcept;
    StateFile(const StateFile&) = delete;
    StateFile& operator=(const StateFile&) = delete;
    ~StateFile();

    const std::string& path() const noexcept { return path_; }
    Extent extent() const noexcept { return extent_; }

    Header& header() const noexcept;
    std::atomic<std::uint32_t>& flags(std::uint32_t server) const noexcept;
    Entry& entry(std::uint32_t server) const noexcept;
    Slot& slot(std::uint32_t slot) const noexcept;
    Count* counts(std::uint32_t slot) const noexcept;  // of every server, in one worker

    // Begins a new generation of configuration. The caller registers its servers with it.
    std::expected<std::uint32_t, std::string> begin_generation() const;
    // Finds or makes the entry of a server. Masters only, one at a time (flock inside).
    std::expected<std::uint32_t, std::string> enroll(std::string_view service,
                                                     std::string_view address,
                                                     std::uint32_t generation) const;

    // Worker side. False: every slot is taken; the worker is then uncounted, and every other worker
    // knows that there is one (overflow lock).
    bool claim_slot(std::uint32_t generation) noexcept;
    void release_slot() noexcept;
    std::optional<std::uint32_t> own_slot() const noexcept { return own_slot_; }

    // Is the slot's worker alive? True for the own slot.
    bool slot_alive(std::uint32_t slot) const noexcept;
    // Does a worker run that found no slot?
    bool uncounted_worker() const noexcept;

    // Serialises changes of entries. Never blocks: false when another worker holds it.
    bool try_control_lock() const noexcept;
    void control_unlock() const noexcept;
    // Held by the worker that drives the sequences.
    bool try_driver_lock() const noexcept;
    void driver_unlock() const noexcept;

    // A whole copy, whatever a writer does meanwhile.
    Sequence read(std::uint32_t server) const noexcept;
    // Under the control lock.
    void commit(std::uint32_t server, const Sequence& sequence) const noexcept;

  private:
    StateFile(std::string path, int fd, std::byte* base, Extent extent) noexcept
        : path_(std::move(path)), fd_(fd), base_(base), extent_(extent) {}

    bool lock(int type, std::int64_t byte) const noexcept;
    bool locked_by_other(std::int64_t byte) const noexcept;
    std::optional<std::uint32_t> find(std::string_view service,
                                      std::string_view address) const noexcept;
    std::optional<std::uint32_t> free_entry() const noexcept;
    void join_hold(std::uint32_t fresh) const noexcept;
    std::uint32_t oldest_generation() const noexcept;

    std::string path_;
    int fd_ = -1;
    std::byte* base_ = nullptr;
    Extent extent_;
    std::optional<std::uint32_t> own_slot_;
    bool overflowed_ = false;
};

}  // namespace lbdrain::nginx
