// What follows from a server's state: the journal first, then balancers, answers and hooks.
#include <algorithm>
#include <cstring>

#include "core/drains.hpp"
#include "core/hook_task.hpp"
#include "lbdrain/waiting_for.hpp"

namespace lbdrain::agent {
namespace {

// Nothing confirms a readmission where no balancer is read: so long the word `ready` is said.
constexpr Millis unconfirmed_hold = 60'000;

// Progress is for people, and a zero has to be seen anew by whoever reads the journal.
bool same_in_journal(const ServerRecord& a, const ServerRecord& b) {
    const auto reduced = [](const ServerRecord& record) {
        Sequence sequence = record.sequence;
        sequence.progress = {};  // the bytes that are left of a longer one too
        sequence.zero_since = -1;
        return sequence;
    };
    const Sequence left = reduced(a);
    const Sequence right = reduced(b);
    // Padding and the rest of a text may differ: that costs a write and changes nothing.
    // NOLINTNEXTLINE(bugprone-suspicious-memory-comparison)
    return std::memcmp(&left, &right, sizeof(Sequence)) == 0 && a.readmit == b.readmit &&
           a.by_hand == b.by_hand && a.stopped == b.stopped;
}

}  // namespace

bool Drains::save(Server& server, const ServerRecord& record) {
    const auto saved = outside_.save(record);
    if (!saved && !server.save_failed) {
        outside_.log(LogLevel::error, index_of(server),
                     "the journal cannot be written, so nothing is done: " + saved.error());
    }
    if (saved && server.save_failed) {
        outside_.log(LogLevel::info, index_of(server), "the journal can be written again");
    }
    server.save_failed = !saved;
    return saved.has_value();
}

bool Drains::commit(Server& server, ServerRecord record, Millis now) {
    const Sequence before = server.sequence();
    const Sequence& after = record.sequence;
    if (in_rotation(before.state) && !in_rotation(after.state)) {
        leave(server, record);
    }
    record.stopped =
        after.state == ServerState::stopping || (record.stopped && !in_rotation(after.state));
    if (!same_in_journal(server.record, record) && !save(server, record)) {
        return false;
    }
    if (after.state != before.state) {
        server.escalated =
            drains_from_out(after) || (server.escalated && !in_rotation(after.state));
    }
    server.tally.count(before, after);
    server.record = std::move(record);
    log_change(server, before, server.sequence());
    apply(server, now);
    if (before.state != server.sequence().state || before.id != server.sequence().id ||
        before.last.id != server.sequence().last.id ||
        !(before.progress == server.sequence().progress)) {
        outside_.changed(index_of(server));
    }
    return true;
}

// Remembers which balancers it has to be put back into: not those where an operator has it out.
void Drains::leave(const Server& server, ServerRecord& record) const {
    for (const Place& place : server.places) {
        const std::string& name = config_.balancers[place.balancer].name;
        if (place.wanted.rotation == Rotation::keep && place.reachable && place.seen.by_hand) {
            record.by_hand.insert(name);
        } else if (!record.by_hand.contains(name)) {
            record.readmit.insert(name);
        }
    }
}

void Drains::apply(Server& server, Millis now) {
    apply_one(server, now);
    for (const ServerIndex sibling : server.siblings) {
        apply_one(servers_[sibling], now);
    }
}

Rotation Drains::rotation_of(const Server& server, const Place& place) const {
    const auto out = [](const Server& of) {
        return of.sequence().state == ServerState::draining && !of.escalated ? Rotation::drain
                                                                             : Rotation::maint;
    };
    if (!in_rotation(server.sequence().state)) {
        return out(server);
    }
    if (const Server* by = holder(server)) {
        return out(*by);
    }
    return server.record.readmit.contains(config_.balancers[place.balancer].name)
               ? Rotation::readmit
               : Rotation::keep;
}

agent_check::Answer Drains::answer_of(const Server& server, Millis now) const {
    using Word = agent_check::Answer::AdminWord;
    agent_check::Answer answer;
    const Sequence& sequence = server.sequence();
    const Effects effects = lbdrain::effects(sequence, now);
    const bool out = !effects.in_rotation || holder(server) != nullptr;
    if (out) {
        const Server& by = effects.in_rotation ? *holder(server) : server;
        const bool drains = by.sequence().state == ServerState::draining && !by.escalated;
        answer.admin = drains ? Word::drain : Word::maint;
        if (sequence.state == ServerState::failed) {
            answer.health = agent_check::Answer::Health::down;
            answer.reason = sequence.last.text.view();
        }
        return answer;
    }
    const bool owed = server.places.empty()
                          ? sequence.last.id != 0 && now - sequence.since < unconfirmed_hold
                          : owes_readmission(server) && !out_by_hand(server);
    if (owed || server.service->ready_word == ReadyWord::always) {
        answer.admin = Word::ready;
    }
    if (server.service->weight) {
        answer.weight_percent = std::max(1U, effects.weight_percent * server.load_percent / 100);
    }
    return answer;
}

void Drains::apply_one(Server& server, Millis now) {
    const Sequence& sequence = server.sequence();
    const Effects effects = lbdrain::effects(sequence, now);
    const Server* by = holder(server);
    for (Place& place : server.places) {
        Wanted wanted;
        wanted.rotation = rotation_of(server, place);
        wanted.weight_percent = effects.weight_percent;
        wanted.watched = sequence.state == ServerState::draining ||
                         sequence.state == ServerState::warming ||
                         wanted.rotation == Rotation::readmit ||
                         (by != nullptr && by->sequence().state == ServerState::draining);
        wanted.revision = place.wanted.revision;
        if (wanted != place.wanted) {
            ++wanted.revision;
            if (wanted.rotation != place.wanted.rotation) {
                place.turned = wanted.revision;
                place.in_since = -1;
            }
            place.wanted = wanted;
            place.fresh = false;
            outside_.want(place.balancer, place.index, wanted);
        }
    }
    const auto answer = answer_of(server, now);
    if (answer != server.answer) {
        server.answer = answer;
        outside_.answer(index_of(server), answer);
    }
    apply_run(server, now);
}

void Drains::apply_run(Server& server, Millis now) {
    const auto run = lbdrain::effects(server.sequence(), now).run;
    if (!run || *run == server.asked) {
        return;
    }
    server.asked = *run;
    const auto task = make_task(server, *run);
    if (!task) {  // told by the next tick
        server.told = *run;
        server.run_status = RunStatus::failed;
        server.run_text = task.error();
        return;
    }
    outside_.run(index_of(server), *run, *task);
}

void Drains::log_change(const Server& server, const Sequence& before, const Sequence& after) {
    if (before.state != after.state) {
        outside_.log(
            LogLevel::info, index_of(server),
            std::string(to_string(before.state)) + " -> " + std::string(to_string(after.state)) +
                (before.since == 0 ? "" : " after " + duration_text(after.since - before.since)));
    }
    if (after.last.id != before.last.id && after.last.outcome != Outcome::reached) {
        std::string text(to_string(after.last.outcome));
        text += ", " + std::to_string(after.last.left) + " requests in flight";
        if (!after.last.text.empty()) {
            text += ": " + std::string(after.last.text.view());
        }
        outside_.log(LogLevel::warning, index_of(server), text);
    }
}

}  // namespace lbdrain::agent
