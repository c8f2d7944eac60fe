#include "src/commands.hpp"

#include "lbdrain/api/command.hpp"
#include "lbdrain/guard.hpp"
#include "src/driver.hpp"
#include "src/lifecycle.hpp"
#include "src/rotation.hpp"
#include "state/rotation_flags.hpp"

namespace lbdrain::nginx {
namespace {

using api::Action;
using api::Problem;
using api::ProblemCode;
using api::stops_process;

// Whatever way it is left, other workers can go on.
class ControlLock {
  public:
    explicit ControlLock(const StateFile& state) noexcept
        : state_(state), held_(state.try_control_lock()) {}
    ~ControlLock() {
        if (held_) {
            state_.control_unlock();
        }
    }
    ControlLock(const ControlLock&) = delete;
    ControlLock& operator=(const ControlLock&) = delete;
    explicit operator bool() const noexcept { return held_; }

  private:
    const StateFile& state_;
    bool held_;
};

bool is_out(const StateFile& state, std::uint32_t index) noexcept {
    return (state.flags(index).load() & flag_out) != 0;
}

// Would enough servers of the group stay ready without this one?
std::optional<Problem> guard(const StateFile& state, Group& group, std::uint32_t leaving) {
    // A server that came back a moment ago may still be marked in this worker's peers.
    refresh_rotation(state, group);
    Capacity capacity;
    capacity.min_ready = group.min_ready();
    for (const Server& server : group.servers) {
        if (server.index != leaving && !server.down && !is_out(state, server.index) &&
            peer_available(group, server.index)) {
            ++capacity.ready_others;
        }
    }
    const Verdict verdict = check_capacity(capacity);
    if (verdict == Verdict::allowed) {
        return std::nullopt;
    }
    return Problem{verdict == Verdict::last_ready_server ? ProblemCode::last_ready_server
                                                         : ProblemCode::min_ready,
                   "service \"" + group.name + "\": " + explain(verdict, capacity)};
}

// The guard of every service that would lose the server by this command.
std::optional<Problem> guards(const MainConf& main, const StateFile& state, const Place& place,
                              Action action) {
    if (action == Action::start || action == Action::ready) {
        return std::nullopt;
    }
    for (const auto& [index, other] : main.places) {
        const bool concerned =
            index == place.server->index ||
            (stops_process(action) && other.server->address == place.server->address);
        if (!concerned || is_out(state, index)) {
            continue;
        }
        if (auto problem = guard(state, *other.group, index)) {
            return problem;
        }
    }
    return std::nullopt;
}

std::string server_label(const StateFile& state, std::uint32_t index) {
    return std::string(state.entry(index).service.view()) + "/" +
           std::string(state.entry(index).address.view());
}

// Another server's sequence that stands in the way: it holds this replica, or would be held by us.
std::optional<Problem> conflict(const MainConf& main, const StateFile& state, const Place& place,
                                Action action) {
    const std::uint32_t index = place.server->index;
    std::uint32_t holder = state.entry(index).hold.load();
    // A newer configuration than this worker's may know it.
    if (holder != 0 && !main.places.contains(holder - 1) &&
        state.entry(holder - 1).generation.load() <= main.generation) {
        end_orphan(state, holder - 1, now_ms());
        holder = state.entry(index).hold.load();
    }
    if (holder != 0) {
        return Problem{ProblemCode::sequence_running,
                       "the same address is held out of rotation by the sequence of " +
                           server_label(state, holder - 1)};
    }
    if (!stops_process(action)) {
        return std::nullopt;
    }
    for (std::uint32_t other = 0; other < state.extent().servers; ++other) {
        if (other != index && (state.flags(other).load() & flag_running) != 0 &&
            state.entry(other).address == state.entry(index).address) {
            return Problem{ProblemCode::sequence_running, "a sequence is running on " +
                                                              server_label(state, other) +
                                                              ", which has the same address"};
        }
    }
    return std::nullopt;
}

std::optional<Problem> missing_hook(const Group& group, Action action) {
    if (stops_process(action) && !group.stop) {
        return Problem{ProblemCode::bad_request,
                       "upstream \"" + group.name + "\" has no drain_stop_hook"};
    }
    return std::nullopt;
}

}  // namespace

std::expected<Taken, CommandFailure> take_command(const MainConf& main, const StateFile& state,
                                                  const Place& place, Action action,
                                                  const api::CommandRequest& request) {
    if (auto problem = missing_hook(*place.group, action)) {
        return std::unexpected(*problem);
    }
    const ControlLock lock(state);
    if (!lock) {
        return std::unexpected(Busy{});
    }
    if (auto problem = conflict(main, state, place, action)) {
        return std::unexpected(*problem);
    }
    const std::uint32_t index = place.server->index;
    Sequence sequence = state.read(index);
    const Command command = api::make_command(sequence, place.group->policy(),
                                              place.group->start.has_value(), action, request);
    const std::uint64_t fresh = state.header().next_id.load();
    const auto accepted = lbdrain::command(sequence, command, fresh, now_ms());
    if (!accepted) {
        return std::unexpected(api::problem_of(accepted.error()));
    }
    // A drain that goes further now may take the replica out of other services too.
    if (!request.force && (*accepted == Accepted::started || *accepted == Accepted::extended)) {
        if (auto problem = guards(main, state, place, action)) {
            return std::unexpected(*problem);
        }
    }
    if (*accepted == Accepted::started || *accepted == Accepted::extended) {
        state.header().next_id.fetch_add(1);
        // Before the commit: should this worker die in between, a driver looks and puts it right.
        state.flags(index).fetch_or(flag_running);
        state.commit(index, sequence);
        sync_rotation(state, index);
        Driver::wake_all();
    }
    const bool waits = *accepted != Accepted::already;
    return Taken{*accepted, waits ? (sequence.id != 0 ? sequence.id : sequence.last.id) : 0};
}

}  // namespace lbdrain::nginx
