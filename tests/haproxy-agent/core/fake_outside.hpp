// The world that the agent's core acts on, recorded: what was saved, told, answered and run.
#pragma once

#include <algorithm>
#include <functional>
#include <map>
#include <string>
#include <utility>
#include <vector>

#include "core/outside.hpp"

namespace lbdrain::agent::test {

// Thrown out of a call in place of kill -9: what was done before stands, nothing else does.
struct Killed {};

struct RunAsked {
    ServerIndex server = 0;
    Run run;
    hook::Task task;
};

class FakeOutside : public Outside {
  public:
    using Name = std::pair<std::string, std::string>;

    std::expected<void, std::string> save(const ServerRecord& record) override {
        step();
        if (saves_fail || (on_save && !on_save())) {
            ++refused_saves;
            return std::unexpected(std::string("disk full"));
        }
        disk[{record.service, record.server}] = record;
        ++saves;
        step();
        return {};
    }
    void want(std::size_t balancer, std::size_t index, const Wanted& wanted) override {
        step();
        wants[{balancer, index}] = wanted;
        check_effect();
        step();
    }
    void answer(ServerIndex server, const agent_check::Answer& answer) override {
        step();
        answers[server] = answer;
        step();
    }
    void run(ServerIndex server, Run run, const hook::Task& task) override {
        step();
        runs.push_back({server, run, task});
        if (on_run) {
            on_run(runs.back());
        }
        check_effect();
        step();
    }
    void changed(ServerIndex server) override { changes.push_back(server); }
    void log(LogLevel level, ServerIndex server, const std::string& text) override {
        logged.push_back(server == no_server ? text : std::to_string(server) + ": " + text);
        errors += level == LogLevel::error ? 1U : 0U;
    }

    bool told(std::string_view part) const {
        return std::ranges::any_of(logged,
                                   [&](const std::string& line) { return line.contains(part); });
    }
    std::vector<ServerRecord> records() const {
        std::vector<ServerRecord> all;
        for (const auto& [name, record] : disk) {
            all.push_back(record);
        }
        return all;
    }

    bool saves_fail = false;
    std::function<bool()> on_save;  // false: this one fails
    int steps_to_live = -1;         // before and after each effect; negative: lives on
    std::function<void(const RunAsked&)> on_run;
    std::function<void()> on_effect;  // after each want and run

    std::map<Name, ServerRecord> disk;
    std::map<std::pair<std::size_t, std::size_t>, Wanted> wants;
    std::map<ServerIndex, agent_check::Answer> answers;
    std::vector<RunAsked> runs;
    std::vector<ServerIndex> changes;
    std::vector<std::string> logged;
    unsigned errors = 0;
    unsigned saves = 0;
    unsigned refused_saves = 0;

  private:
    void step() {
        if (steps_to_live == 0) {
            throw Killed{};
        }
        if (steps_to_live > 0) {
            --steps_to_live;
        }
    }
    void check_effect() const {
        if (on_effect) {
            on_effect();
        }
    }
};

}  // namespace lbdrain::agent::test
