// One command for one server that may stand behind several targets: what to send where, in which
// order, and how it ended. No I/O and no clock: orders come out, answers and looks go in. Times are
// milliseconds of a clock that does not jump. One thread.
//
// With one target its own sequence does everything. With several, all of them drain first; only
// when all say "drained" does the one that has the stop hook go on, and the others let the server
// back when that one has it back. If one of them cannot drain it, those that were begun are undone:
// never half a drain left behind.
#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "fleet/fleet.hpp"
#include "fleet/targets.hpp"

namespace lbdrain::ctl {

struct OperationRequest {
    api::Action action = api::Action::drain;
    api::CommandRequest body;  // `wait` is not heeded: the sequence is looked at instead
    // How long a target may stay silent before the operation gives up on it; its sequence goes on.
    Millis patience = 60'000;
};

// How it ended. Exit codes are made of these (exit_code.hpp).
enum class Verdict {
    running,
    done,
    failed,       // a hook or the ready check failed, or another command took over
    put_back,     // the drain deadline passed, nothing was cut
    refused,      // by a guard, or by what runs already: nothing was changed
    unreachable,  // a target stays silent
};

class Operation {
  public:
    // `server`, one of `fleet`, as it is now. Begins with the first orders().
    Operation(const Fleet& fleet, const FleetServer& server, OperationRequest request);

    // What has to be sent now. Each order is answered by one answered(), in this order, before the
    // next orders().
    std::vector<Order> orders(Millis now);
    void answered(std::span<const OrderResult> results, Millis now);
    // What all targets show now.
    void look(const Fleet& fleet, Millis now);

    Verdict verdict() const noexcept { return verdict_; }
    // How it went, one line; empty while it runs.
    const std::string& text() const noexcept { return text_; }
    const ServerSpec& name() const noexcept { return name_; }
    api::Action action() const noexcept { return request_.action; }
    // Anything was begun that goes on if nobody looks any longer.
    bool begun() const noexcept { return begun_; }
    // And how far: with several targets, no further than the drains.
    api::Action goes_on_with() const;

    // The server on each target, as it was seen last; `silent`: why it is not seen now.
    struct Seen {
        std::size_t target = 0;
        std::string target_name;
        client::ServerName there;
        api::ServerView view;
        std::string silent;
        Millis silent_since = -1;  // -1: it answers
    };
    const std::vector<Seen>& seen() const noexcept { return seen_; }

  private:
    // One command at one place.
    struct Step {
        enum class State { unsent, unsure, tracking, reached, failed };
        std::size_t place = 0;
        api::Action action = api::Action::drain;
        api::CommandRequest body;
        State state = State::unsent;
        std::uint64_t id = 0;      // of the sequence that is tracked
        bool ours = false;         // it began with our command
        bool untouched = false;    // it failed, and the process was left alone
        std::uint64_t before = 0;  // the last sequence's id when it was sent
    };
    using Stage = std::vector<Step>;

    void plan();
    Step step(std::size_t place, api::Action action) const;
    Stage everywhere(api::Action action) const;
    void answer(Step& step, const OrderResult& result, Millis now);
    void track(Step& step, const api::ServerView& view);
    void follow(Step& step, const api::ServerView& view);
    void refuse(Step& step, const client::Error& error);
    void fail(Step& step, Verdict verdict, std::string text);
    void miss(Step& step, const api::ServerView& view);
    void silent(Seen& seen, const std::string& why, Millis now);
    bool overdue(Millis now) const;
    void settle(Millis now);
    bool undoable() const;
    void undo();
    std::string reached_text(Millis now) const;
    std::string at(const Step& step) const;

    ServerSpec name_;
    OperationRequest request_;
    std::vector<Seen> seen_;
    std::vector<Stage> stages_;
    std::size_t stage_ = 0;
    Millis stage_since_ = -1;
    Millis began_ = -1;
    std::uint64_t cut_ = 0;  // in flight when on_timeout `stop` went on
    bool begun_ = false;
    bool undoing_ = false;
    Verdict verdict_ = Verdict::running;
    Verdict failure_ = Verdict::running;  // what it will be once everything is undone
    std::string failure_text_;
    std::string text_;
};

}  // namespace lbdrain::ctl
