// Who may take servers of a service out of rotation, agreed on by all who want to: permits, one
// rollout at a time, and the rollout's journal. What stands behind it (a directory, later a store
// with time-outs) may be out of reach at any call.
//
// Calls block on I/O and change their service in one step or not at all: two callers at once see
// each other's change as a whole. After an `unavailable` a change may have been made or not; every
// call can be repeated. Any thread may call. Nothing but std::bad_alloc is thrown.
#pragma once

#include <cstdint>
#include <expected>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "lbdrain/sequence.hpp"

namespace lbdrain {

struct CoordinationError {
    enum class Kind : std::uint8_t {
        unavailable,   // the store cannot be reached, read or written: nothing is known
        lost,          // the lease is no longer the caller's
        held,          // break_lock: its holder lives
        bad_argument,  // an empty name, or one that is too long
    };
    Kind kind = Kind::unavailable;
    std::string text;  // one line: what, where, what to do
};

template <class T>
using Coordinated = std::expected<T, CoordinationError>;

// For people: nothing is decided by what stands in it.
struct Holder {
    std::string user{};
    std::string host{};
    std::int64_t pid = 0;
    std::int64_t since_unix_ms = 0;
    std::string why{};

    friend bool operator==(const Holder&, const Holder&) = default;
};

// "deploy@gpu-a, pid 4711, since 2026-01-31T12:00:00Z: new model"
std::string to_string(const Holder& holder);

// A server's permit to be out of rotation. It outlives its holder: held until it is released, or
// given up because the server was seen back (PermitRequest::seen_ready).
struct Permit {
    std::string server;
    Holder holder;         // who took it last; `since_unix_ms` is of whoever took it first
    std::string id;        // another one with every take
    bool working = false;  // the holder's process is known to live

    friend bool operator==(const Permit&, const Permit&) = default;
};

struct PermitRequest {
    std::string service{};
    std::string server{};
    Holder holder{};
    unsigned max_unavailable = 1;
    // Permits to give up: from permits(), read BEFORE the servers were looked at, of servers that
    // were then seen in rotation with nothing running. The order matters: a permit that was taken
    // since has another id, and stays. So do those whose holder works: it may be about to begin.
    std::span<const Permit> seen_ready{};
};

struct PermitAnswer {
    bool granted = false;
    std::vector<Permit> held;     // of the whole service, after this call
    std::vector<Permit> dropped;  // given up by this call
};

// The right to run a rollout of one service, given back by the destructor. It may be lost at any
// time: to break_lock(), or to a store's time-out when renew() came too late. Whoever holds it
// asks before each step and begins nothing more once it is lost; permits keep the number of
// servers out right even between that look and the step.
//
// One owner; it may outlive its Coordinator.
class Lease {
  public:
    virtual ~Lease() = default;
    Lease(const Lease&) = delete;
    Lease& operator=(const Lease&) = delete;

    // Looks whether it still holds, and puts off its end in stores that have time-outs. After
    // `lost` every further call says so too.
    virtual Coordinated<void> renew() = 0;
    // The longest time between two renewals; nullopt: it does not run out by time.
    virtual std::optional<Millis> renew_within() const = 0;
    // Is it known to be lost? Looks as renew() does; a store out of reach is not yet a loss.
    virtual bool lost() = 0;

    // The rollout's journal, any text of up to 1 MiB; durable when it returns. Refused once the
    // lease is lost, so that a new holder's journal is never written over.
    virtual Coordinated<void> save_journal(std::string_view text) = 0;
    virtual Coordinated<void> remove_journal() = 0;

  protected:
    Lease() = default;
};

// Exactly one of both is there.
struct LockAnswer {
    std::unique_ptr<Lease> lease;
    std::optional<Holder> locked_by;
};

struct LockState {
    Holder holder;
    bool alive = false;  // false: it died, the next who asks gets the lock
};

class Coordinator {
  public:
    virtual ~Coordinator() = default;
    Coordinator(const Coordinator&) = delete;
    Coordinator& operator=(const Coordinator&) = delete;

    // A server that has one gets it again, whoever asks, however many are out.
    virtual Coordinated<PermitAnswer> take_permit(const PermitRequest& request) = 0;
    // Good too when there is none.
    virtual Coordinated<void> release_permit(const std::string& service,
                                             const std::string& server) = 0;
    virtual Coordinated<std::vector<Permit>> permits(const std::string& service) = 0;

    virtual Coordinated<LockAnswer> acquire_lock(const std::string& service,
                                                 const Holder& holder) = 0;
    virtual Coordinated<std::optional<LockState>> lock_holder(const std::string& service) = 0;
    // Takes the lock from its holder and tells whose it was; nullopt: nobody's. While the holder
    // lives only if `force`: its lease is then lost, and it begins nothing more.
    virtual Coordinated<std::optional<Holder>> break_lock(const std::string& service,
                                                          bool force) = 0;

    // nullopt: there is none, so no rollout was left unfinished.
    virtual Coordinated<std::optional<std::string>> load_journal(const std::string& service) = 0;

  protected:
    Coordinator() = default;
};

}  // namespace lbdrain
