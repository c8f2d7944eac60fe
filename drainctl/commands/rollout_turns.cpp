#include "commands/rollout_turns.hpp"

#include <algorithm>
#include <chrono>

#include "commands/context.hpp"
#include "lbdrain/waiting_for.hpp"

namespace lbdrain::ctl {
namespace {

// The schedule's clock: its times stand in the journal.
Millis unix_now() {
    return std::chrono::duration_cast<std::chrono::milliseconds>(
               std::chrono::system_clock::now().time_since_epoch())
        .count();
}

}  // namespace

// False: nothing may begin.
bool RolloutTurns::save() {
    journal_.steps = schedule_.steps();
    const auto saved = lease_.save_journal(encode(journal_));
    if (!saved) {
        schedule_.stop(saved.error().text);
    }
    return saved.has_value();
}

std::vector<ServerSpec> RolloutTurns::next(const Fleet& fleet, Millis) {
    if (lease_.lost()) {
        schedule_.stop("the lock of this rollout was taken by somebody else");
        waiting_.clear();
    }
    const auto due = schedule_.next(unix_now());
    waiting_.insert(waiting_.end(), due.begin(), due.end());
    if (waiting_.empty()) {
        return {};
    }
    if (!due.empty() && !save()) {
        waiting_.clear();
        return {};
    }
    std::vector<ServerSpec> begun;
    denied_.clear();
    std::erase_if(waiting_, [&](const std::string& name) {
        const ServerSpec server{journal_.service, name};
        const Permits::Answer answer = permits_.take(fleet, server);
        if (!answer.granted) {
            denied_ = answer.text;
            return false;
        }
        begun.push_back(server);
        return true;
    });
    if (!waiting_.empty()) {
        // Who is back by the next look gives its permit up.
        if (const auto error = permits_.before_look(journal_.service)) {
            denied_ = *error;
        }
    }
    return begun;
}

void RolloutTurns::ended(const ServerSpec& server, Verdict verdict, const std::string& text,
                         Millis) {
    const bool good = verdict == Verdict::done;
    schedule_.ended(server.server, good, text, unix_now());
    // What was refused, put back or undone is as it was; only what failed is out.
    const bool out = verdict == Verdict::failed || verdict == Verdict::unreachable;
    if (!out) {
        if (const auto error = good ? permits_.give_back(server) : permits_.undo(server)) {
            complain(*error);
        }
    }
    if (!good) {
        waiting_.clear();
    }
    if (!save()) {
        complain("the journal could not be written: " + schedule_.result().text);
    }
}

std::string RolloutTurns::waiting_for(Millis) const {
    if (!waiting_.empty()) {
        return journal_.service + "/" + waiting_.front() + " waits for its turn: " + denied_;
    }
    if (const auto at = schedule_.next_at()) {
        const Millis left = std::max<Millis>(0, *at - unix_now());
        return "pause, " + duration_text(left) + " left";
    }
    return "";
}

}  // namespace lbdrain::ctl
