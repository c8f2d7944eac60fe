// The rules of the walk that are looked at from outside, and its end.
#include "agent_walk.hpp"

namespace lbdrain::agent::test {
namespace {

bool owes(const Server& server) {
    return !server.record.readmit.empty();
}

}  // namespace

void AgentWalk::rule(bool holds, const std::string& text) {
    if (!holds && broken_.empty()) {
        broken_ = text + " (at " + std::to_string(world_.now) + ")\n";
        const auto& log = world_.outside.logged;
        for (auto line = log.end() - std::min<std::ptrdiff_t>(std::ssize(log), 25);
             line != log.end(); ++line) {
            broken_ += "  " + *line + "\n";
        }
    }
}

void AgentWalk::check_stop(const RunAsked& asked) {
    ++counts_.stops;
    const Server& server = world_.drains->servers()[asked.server];
    const Sequence& sequence = server.sequence();
    const std::string& address = server.config->address;
    bool held = true;
    std::uint64_t in_flight = 0;
    for (const Place& place : places_) {
        if (world_.drains->servers()[place.server].config->address == address) {
            const There& mine = there(place);
            const Millis apart = sequence.policy.settle;
            held = held && mine.zero_from >= 0 &&
                   (apart == 0 || mine.zero_until - mine.zero_from >= apart);
            in_flight += mine.requests.size();
        }
    }
    if (sequence.policy.on_timeout == OnTimeout::stop &&
        world_.now >= sequence.begun + sequence.policy.drain_timeout) {
        ++counts_.cuts;
        process(asked.server).excused = true;
        return;
    }
    rule(held, "every balancer showed a zero twice, settle apart, before the stop hook");
    rule(in_flight == 0, "the stop hook cut requests");
}

void AgentWalk::check_states() {
    for (const Place& place : places_) {
        const Server& server = world_.drains->servers()[place.server];
        const Wanted wanted = world_.drains->wanted(place.balancer)[place.index];
        bool held = false;
        for (const ServerIndex sibling : server.siblings) {
            held = held || holds_process(world_.drains->servers()[sibling].record);
        }
        const bool in = in_rotation(server.sequence().state) && !held;
        const bool told_out =
            wanted.rotation == Rotation::drain || wanted.rotation == Rotation::maint;
        rule(in != told_out, "told to leave exactly when it should be out");
        const auto& answer = world_.outside.answers.at(place.server);
        using Word = agent_check::Answer::AdminWord;
        const bool says_out = answer.admin == Word::drain || answer.admin == Word::maint;
        rule(says_out == !in, "the answer says out exactly when it should be");
        rule(answer.admin != Word::ready || owes(server), "`ready` is said only while it is owed");
    }
}

// All trouble ends; every server is asked back, and every balancer has to send it traffic.
void AgentWalk::heal() {
    world_.outside.steps_to_live = -1;
    world_.outside.saves_fail = false;
    for (std::size_t i = 0; i < 2; ++i) {
        world_.hung[i] = false;
        world_.balancers[i].reachable = true;
    }
    healing_ = true;
    for (int i = 0; i < 3'000 && broken_.empty(); ++i) {
        world_.now += 100;
        for (auto& [address, process] : processes_) {
            process.alive = process.alive || i % 100 == 0;  // somebody starts it
        }
        for (const Place& place : places_) {
            at(place).readable = true;
        }
        traffic();
        if (i % 100 == 0) {
            for (const Server& server : world_.drains->servers()) {
                (void)world_.command(Action::ready, server.label());
            }
        }
        for (std::size_t b = 0; b < 2; ++b) {
            if (pending_[b]) {
                deliver(b);
            }
            pending_[b] = world_.balancers[b].poll(world_.drains->wanted(b), world_.now);
            deliver(b);
        }
        hooks();
        world_.drains->tick(world_.now);
        check_states();
    }
    for (const Place& place : places_) {
        const Server& server = world_.drains->servers()[place.server];
        rule(server.sequence().state == ServerState::ready, "ready in the end: " + server.label());
        rule(!owes(server), "nothing is owed in the end: " + server.label());
        ++counts_.readmissions;
        rule(at(place).admin == Admin::ready || there(place).touched_by_hand,
             "what was taken out by us came back: " + server.label());
    }
}

}  // namespace lbdrain::agent::test
