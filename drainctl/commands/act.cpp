#include "commands/act.hpp"

#include <algorithm>
#include <map>

#include "commands/batch.hpp"
#include "commands/coordination.hpp"
#include "commands/permits.hpp"
#include "commands/reachable.hpp"
#include "output/progress.hpp"

namespace lbdrain::ctl {
namespace {

using api::Action;

// Its goal is out of rotation: what is taken out stays out.
bool stays_out(Action action) {
    return action == Action::drain || action == Action::stop || action == Action::down;
}

// The servers by their own names, each once. False: some are none.
bool resolve(const Fleet& fleet, std::vector<ServerSpec>& servers) {
    std::vector<ServerSpec> names;
    bool good = true;
    for (const ServerSpec& spec : servers) {
        const FleetServer* server = fleet.find(spec);
        if (server == nullptr) {
            complain(unknown_server(fleet, spec));
            good = false;
        } else if (std::ranges::find(names, server->name) == names.end()) {
            names.push_back(server->name);
        }
    }
    servers = std::move(names);
    return good;
}

// So many servers of one service as may be out at a time.
bool few_enough(const std::vector<ServerSpec>& servers, unsigned limit) {
    std::map<std::string, unsigned> counts;
    for (const ServerSpec& server : servers) {
        ++counts[server.service];
    }
    bool good = true;
    for (const auto& [service, count] : counts) {
        if (count > limit) {
            complain("that would take " + std::to_string(count) + " servers of " + service +
                     " out, and --max-unavailable is " + std::to_string(limit) +
                     "; nothing was changed");
            good = false;
        }
    }
    return good;
}

std::string listed(const std::vector<ServerSpec>& servers) {
    std::string names;
    for (const ServerSpec& server : servers) {
        names += (names.empty() ? "" : ", ") + to_string(server);
    }
    return names;
}

// Tells the permits' keeper who is out and who is back.
class Gate {
  public:
    Gate(Permits& permits, const ActOptions& options) : permits_(permits), options_(options) {}

    // May it be taken out? Says why not.
    bool opens(const Fleet& fleet, const ServerSpec& server) {
        const Permits::Answer answer = permits_.take(fleet, server);
        if (answer.granted) {
            return true;
        }
        if (options_.body.force) {
            complain(answer.text + "; goes on because of --force");
            return true;
        }
        complain(to_string(server) + ": " + answer.text +
                 (answer.broken ? "" : "; --max-unavailable allows more"));
        code_ = answer.broken ? ExitCode::failed : ExitCode::refused;
        return false;
    }

    void ended(const ServerSpec& server, Verdict verdict) {
        std::optional<std::string> error;
        const bool leaves = stays_out(options_.action) || options_.action == Action::restart;
        if (verdict == Verdict::refused || verdict == Verdict::put_back) {
            error = leaves ? permits_.undo(server) : std::nullopt;
        } else if (verdict == Verdict::done && !stays_out(options_.action)) {
            error = permits_.give_back(server);
        }
        if (error) {
            complain(*error);
        }
    }

    ExitCode code() const noexcept { return code_; }

  private:
    Permits& permits_;
    const ActOptions& options_;
    ExitCode code_ = ExitCode::done;
};

// Those that stay out need their permits all at once, before anything is changed.
bool all_may(Gate& gate, const Fleet& fleet, const std::vector<ServerSpec>& servers) {
    for (std::size_t i = 0; i < servers.size(); ++i) {
        if (!gate.opens(fleet, servers[i])) {
            for (std::size_t taken = 0; taken < i; ++taken) {
                gate.ended(servers[taken], Verdict::refused);
            }
            complain("nothing was changed");
            return false;
        }
    }
    return true;
}

OperationRequest request_of(const ActOptions& options) {
    OperationRequest request;
    request.action = options.action;
    request.body = options.body;
    request.body.by = caller();
    return request;
}

ExitCode carry_out(Context& context, const ActOptions& options, Fleet fleet,
                   const std::vector<ServerSpec>& servers, const OperationRequest& request,
                   Gate& gate, unsigned limit) {
    const bool each_in_turn = options.action == Action::restart;
    Batch turns(
        servers, each_in_turn ? limit : servers.size(),
        [&](const Fleet& now, const ServerSpec& server) {
            return !each_in_turn || gate.opens(now, server);
        },
        [&](const ServerSpec& server, Verdict verdict) { gate.ended(server, verdict); });
    const auto progress = make_progress(context.json, context.program);
    Runner runner(context.targets, *progress, context.interrupt);
    const ExitCode code = runner.run(std::move(fleet), turns, request);
    if (!runner.obstacle().empty()) {
        complain(runner.obstacle());
    }
    if (const auto left = turns.left(); !left.empty() && code != ExitCode::interrupted) {
        complain("not begun: " + listed(left));
    }
    return code == ExitCode::done ? gate.code() : code;
}

}  // namespace

ExitCode act(Context& context, const ActOptions& options) {
    std::vector<ServerSpec> servers;
    if (!parse_specs(options.servers, servers)) {
        return ExitCode::usage;
    }
    if (options.body.force && options.body.reason.empty()) {
        complain("--force needs a --reason, which is recorded");
        return ExitCode::usage;
    }
    const auto coordinator = make_coordinator(context.config);
    if (!coordinator) {
        complain(coordinator.error());
        return ExitCode::failed;
    }
    const unsigned limit = options.max_unavailable.value_or(context.config.max_unavailable);
    Permits permits(**coordinator, this_holder(options.body.reason), limit);
    for (const ServerSpec& server : servers) {
        if (const auto error = permits.before_look(server.service)) {
            complain(*error);
            return ExitCode::failed;
        }
    }
    Fleet fleet = context.targets.look(&context.interrupt);
    if (context.interrupt.came()) {
        return ExitCode::interrupted;
    }
    OperationRequest request = request_of(options);
    if (!reachable(fleet, options.skip_unreachable, request.body.reason)) {
        return ExitCode::unreachable;
    }
    if (!resolve(fleet, servers)) {
        return ExitCode::usage;
    }
    Gate gate(permits, options);
    if (stays_out(options.action)) {
        if (!options.body.force && !few_enough(servers, limit)) {
            return ExitCode::refused;
        }
        if (!all_may(gate, fleet, servers)) {
            return gate.code();
        }
    }
    return carry_out(context, options, std::move(fleet), servers, request, gate, limit);
}

}  // namespace lbdrain::ctl
