// The agent's core in a small world on simulated time: balancers, an operator, hooks, kill -9.
#pragma once

#include <gmock/gmock.h>

#include <memory>
#include <optional>
#include <ostream>
#include <string>
#include <vector>

#include "core/drains.hpp"
#include "fake_balancer.hpp"
#include "fake_outside.hpp"

namespace lbdrain {

// So that a failed expectation says "draining", not "01".
inline void PrintTo(ServerState state, std::ostream* out) {
    *out << to_string(state);
}
inline void PrintTo(Goal goal, std::ostream* out) {
    *out << to_string(goal);
}
inline void PrintTo(Outcome outcome, std::ostream* out) {
    *out << to_string(outcome);
}

}  // namespace lbdrain

namespace lbdrain::agent::test {

using api::Action;
using api::ProblemCode;

inline constexpr Millis drain_timeout = 60'000;
inline constexpr Millis settle = 1'000;
inline constexpr Millis sticky_grace = 10'000;
inline constexpr Millis readmit_hold = 3'000;

// Service "llm" with servers a, b, ... on each of the balancers, each with both hooks.
AgentConfig one_service(unsigned servers = 2, std::vector<std::string> balancers = {"edge-1"});
// "llm" and "chat", whose server "a" is the same process; each has a "b" of its own.
AgentConfig two_services(std::vector<std::string> balancers = {"edge-1"});

class AgentWorld {
  public:
    explicit AgentWorld(AgentConfig from = one_service());
    AgentWorld(const AgentWorld&) = delete;
    AgentWorld& operator=(const AgentWorld&) = delete;

    using Taking = std::expected<Taken, api::Problem>;
    Taking command(Action action, const std::string& server = "llm/a",
                   const api::CommandRequest& request = {});
    // The answer's problem; fails the test if there is none.
    ProblemCode refusal(Action action, const std::string& server = "llm/a",
                        const api::CommandRequest& request = {});

    // One poll of one balancer: begins now, is told `takes` later.
    void look(std::size_t balancer = 0, Millis takes = 0);
    // Time passes in small steps; everything is looked at.
    void pass(Millis time, Millis step = 100);
    // Until the server is in the state; fails the test if that takes longer than `limit`.
    void reach(ServerState state, const std::string& server = "llm/a", Millis limit = 300'000);
    // The run that was asked for last ends.
    void run_ends(RunStatus status, const std::string& text = {});
    // Hooks end well by themselves from now on, `after` they began.
    void hooks_work(Millis after = 500);

    // Kill -9 and a new start: only the disk is left.
    void restart_agent();
    // The same with another configuration: what SIGHUP does.
    void reload(AgentConfig from);

    const Server& server(const std::string& label = "llm/a") const;
    const Sequence& sequence(const std::string& label = "llm/a") const {
        return server(label).sequence();
    }
    ServerState state(const std::string& label = "llm/a") const { return sequence(label).state; }
    const agent_check::Answer& answer(const std::string& label = "llm/a") const;
    FakeBalancer::Server& at(std::size_t balancer = 0, const std::string& label = "llm/a");
    Wanted wanted(std::size_t balancer = 0, const std::string& label = "llm/a") const;
    // All balancers show it in rotation.
    bool serves(const std::string& label = "llm/a");

    std::unique_ptr<AgentConfig> config;
    FakeOutside outside;
    std::unique_ptr<Drains> drains;
    std::vector<FakeBalancer> balancers;
    std::vector<bool> hung;  // polls of it do not come back
    Millis now = 1'000'000;

  private:
    void make_drains(std::vector<ServerRecord> records);
    void hooks();
    const Place& place(std::size_t balancer, const std::string& label) const;

    struct Hook {
        RunAsked asked;
        Millis ends = 0;
    };
    std::optional<Millis> hooks_take_;
    std::vector<Hook> hooks_;
    std::uint64_t lives_ = 0;
};

inline api::CommandRequest forced() {
    api::CommandRequest request;
    request.force = true;
    request.reason = "because";
    request.by = "tests";
    return request;
}
inline api::CommandRequest on_timeout(OnTimeout policy) {
    api::CommandRequest request;
    request.on_timeout = policy;
    return request;
}

}  // namespace lbdrain::agent::test
