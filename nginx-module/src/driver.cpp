#include "src/driver.hpp"

#include <cstdio>
#include <cstring>

#include "lbdrain/waiting_for.hpp"
#include "src/fence.hpp"
#include "src/hook_task.hpp"
#include "src/lifecycle.hpp"
#include "src/older_workers.hpp"
#include "src/rotation.hpp"
#include "state/rotation_flags.hpp"

namespace lbdrain::nginx {
namespace {

// While requests drain, zero has to be noticed within 20 ms of the last byte.
constexpr ngx_msec_t drain_interval = 10;
// Hooks wake us by their output; this is for their time limits and for slow starts.
constexpr ngx_msec_t idle_interval = 100;
constexpr ngx_msec_t busy_lock_delay = 1;
// Only where inotify cannot be had: how often an idle worker looks.
constexpr ngx_msec_t blind_interval = 1000;

std::unique_ptr<Driver> the_driver;

std::string run_id(const StateFile& state, const Sequence& sequence) {
    char id[96];
    std::snprintf(id, sizeof(id), "%016llx-%llu-%u",
                  static_cast<unsigned long long>(state.header().instance),
                  static_cast<unsigned long long>(sequence.id), sequence.run.number);
    return id;
}

const char* run_name(RunKind kind) noexcept {
    switch (kind) {
        case RunKind::stop:
            return "stop hook";
        case RunKind::start:
            return "start hook";
        default:
            return "ready check";
    }
}

std::string label_of(const Place& place) {
    return place.group->name + "/" + place.server->name;
}

}  // namespace

void Driver::start(ngx_cycle_t* cycle, const MainConf& main, StateFile& state) {
    the_driver = std::make_unique<Driver>(cycle, main, state);
    the_driver->watch();
    // A predecessor may have died between two of its stores, or with sequences running.
    the_driver->again_in(busy_lock_delay);
}

void Driver::stop() noexcept {
    the_driver.reset();
}

void Driver::kick() noexcept {
    if (the_driver) {
        the_driver->again_in(busy_lock_delay);
    }
}

void Driver::wake_all() noexcept {
    kick();
    if (the_driver && !Wake::all(the_driver->wake_file_)) {
        ngx_log_error(NGX_LOG_ERR, the_driver->log_, ngx_errno, "drain: cannot touch \"%s\"",
                      the_driver->wake_file_.c_str());
    }
}

Driver::Driver(ngx_cycle_t* cycle, const MainConf& main, StateFile& state)
    : main_(main), wake_file_(Wake::file_for(main.path)), state_(state), log_(cycle->log) {
    timer_data_.fd = static_cast<ngx_socket_t>(-1);
    timer_.data = &timer_data_;
    timer_.handler = on_timer;
    timer_.log = cycle->log;
    timer_.cancelable = 1;
    timer_data_.data = this;
}

Driver::~Driver() {
    hand_over();
    if (timer_.timer_set) {
        ngx_del_timer(&timer_);
    }
}

void Driver::again_in(ngx_msec_t delay) noexcept {
    if (timer_.timer_set) {
        ngx_del_timer(&timer_);
    }
    ngx_add_timer(&timer_, delay);
}

void Driver::on_timer(ngx_event_t* event) noexcept {
    auto* self = static_cast<Driver*>(static_cast<ngx_connection_t*>(event->data)->data);
    const bool fine = fenced(self->log_, false, [&] {
        self->tick();
        return true;
    });
    if (!fine) {  // out of memory, say: sequences must go on all the same
        self->again_in(idle_interval);
    }
}

void Driver::step_down() noexcept {
    hooks_.clear();
    if (driving_) {
        state_.driver_unlock();
        driving_ = false;
    }
}

void Driver::watch() {
    auto wake = Wake::watch(wake_file_, log_, kick);
    if (wake) {
        wake_ = std::move(*wake);
        return;
    }
    ngx_log_error(NGX_LOG_WARN, log_, 0, "drain: %s; this worker looks for sequences every %M ms",
                  wake.error().c_str(), blind_interval);
}

// Told to quit: the role goes to a worker that stays.
void Driver::hand_over() noexcept {
    const bool others_must_know = anything_running();
    step_down();
    wake_.reset();
    if (others_must_know) {
        Wake::all(wake_file_);
    }
}

bool Driver::anything_running() const noexcept {
    for (const auto& [index, place] : main_.places) {
        if ((state_.flags(index).load(std::memory_order_acquire) & flag_running) != 0) {
            return true;
        }
    }
    return false;
}

bool Driver::take_role() noexcept {
    if (!driving_ && state_.try_driver_lock()) {
        driving_ = true;
        repaired_ = false;  // whoever drove before may have died between two stores
    }
    return driving_;
}

// Of sequences whose server this newest configuration does not know any more.
void Driver::end_orphans() noexcept {
    for (std::uint32_t index = 0; index < state_.extent().servers; ++index) {
        if ((state_.flags(index).load() & flag_running) != 0 && !main_.places.contains(index) &&
            state_.entry(index).generation.load() <= main_.generation) {
            end_orphan(state_, index, now_ms());
            ngx_log_error(NGX_LOG_WARN, log_, 0,
                          "drain: a sequence ended because its server left the configuration: %s",
                          std::string(state_.entry(index).address.view()).c_str());
        }
    }
}

// False: another worker holds the control lock just now.
bool Driver::repair() noexcept {
    if (!repaired_) {
        if (!state_.try_control_lock()) {
            return false;
        }
        sync_all(state_);
        end_orphans();
        state_.control_unlock();
        repaired_ = true;
    }
    return true;
}

void Driver::tick() {
    if (ngx_exiting || ngx_terminate || ngx_quit) {
        hand_over();
        return;
    }
    if (!repair()) {
        again_in(busy_lock_delay);
        return;
    }
    if (!anything_running()) {
        step_down();
        if (!wake_) {
            again_in(blind_interval);
        }
        return;
    }
    if (!take_role()) {
        again_in(idle_interval);
        return;
    }
    if (!repair()) {
        again_in(busy_lock_delay);
        return;
    }
    ngx_msec_t next = idle_interval;
    for (const auto& [index, place] : main_.places) {
        if ((state_.flags(index).load(std::memory_order_acquire) & flag_running) == 0) {
            hooks_.erase(index);
            continue;
        }
        const auto left_in = drive(index, place);
        if (!left_in) {
            next = busy_lock_delay;
        } else if (*left_in == ServerState::draining && next > drain_interval) {
            next = drain_interval;
        }
    }
    again_in(next);
}

std::optional<ServerState> Driver::drive(std::uint32_t index, const Place& place) {
    if (!state_.try_control_lock()) {
        return std::nullopt;
    }
    // The worker that took the command may have died before it took the server out of rotation.
    sync_rotation(state_, index);
    // Under the lock: what is seen must be of the sequence that it is held against.
    Observation seen = observe(state_, index);
    seen.complete = seen.complete && !older_worker_alive();
    add_run_status(index, seen);
    const Sequence before = state_.read(index);
    Sequence after = before;
    advance(after, seen, now_ms());
    // Padding may differ: that costs a commit and changes nothing.
    // NOLINTNEXTLINE(bugprone-suspicious-memory-comparison)
    if (std::memcmp(&before, &after, sizeof(Sequence)) != 0) {
        state_.commit(index, after);
        sync_rotation(state_, index);
    }
    state_.control_unlock();
    refresh_rotation(state_, *place.group);
    log_change(place, before, after);
    run_hook(place, after);
    return after.state;
}

void Driver::add_run_status(std::uint32_t index, Observation& seen) const {
    const auto found = hooks_.find(index);
    if (found != hooks_.end()) {
        seen.run = found->second->run();
        seen.run_status = found->second->status();
        seen.run_text = std::string_view(found->second->text());
    }
}

// Keeps exactly the run going that the sequence wants.
void Driver::run_hook(const Place& place, const Sequence& sequence) {
    const std::uint32_t index = place.server->index;
    const auto wanted = effects(sequence, now_ms()).run;
    const auto found = hooks_.find(index);
    if (!wanted) {
        if (found != hooks_.end() && found->second->status() != RunStatus::running) {
            hooks_.erase(found);
        }
        return;
    }
    if (found != hooks_.end() && found->second->run() == *wanted) {
        return;
    }
    const bool configured = (wanted->kind != RunKind::stop || place.group->stop) &&
                            (wanted->kind != RunKind::start || place.group->start);
    if (!configured) {
        hooks_[index] = std::make_unique<HookProcess>(
            *wanted, std::string("the ") + run_name(wanted->kind) +
                         " was taken out of the configuration meanwhile");
        return;
    }
    hook::Task task = make_task(place, sequence);
    task.run_id = run_id(state_, sequence);
    task.run_file = main_.path + ".hooks/" + std::to_string(index);
    auto process = HookProcess::start(
        main_.hook_program, hook::encode(task), *wanted,
        label_of(place) + " " + run_name(wanted->kind), log_, [](void*) { Driver::kick(); },
        nullptr);
    if (!process) {
        ngx_log_error(NGX_LOG_ERR, log_, 0, "drain: %s %s: %s", label_of(place).c_str(),
                      run_name(wanted->kind), process.error().c_str());
        hooks_[index] = std::make_unique<HookProcess>(*wanted, process.error());
        return;
    }
    hooks_[index] = std::move(*process);
}

void Driver::log_change(const Place& place, const Sequence& before, const Sequence& after) const {
    if (before.state == after.state && before.last.id == after.last.id) {
        return;
    }
    const std::string from(to_string(before.state));
    const std::string to(to_string(after.state));
    const std::string server = label_of(place);
    if (before.state != after.state) {
        ngx_log_error(NGX_LOG_NOTICE, log_, 0, "drain: %s %s -> %s after %s", server.c_str(),
                      from.c_str(), to.c_str(), duration_text(after.since - before.since).c_str());
    }
    if (after.last.id != before.last.id && after.last.outcome != Outcome::reached) {
        ngx_log_error(NGX_LOG_WARN, log_, 0, "drain: %s: %s, %uL requests in flight: %s",
                      server.c_str(), std::string(to_string(after.last.outcome)).c_str(),
                      static_cast<uint64_t>(after.last.left),
                      std::string(after.last.text.view()).c_str());
    }
}

}  // namespace lbdrain::nginx
