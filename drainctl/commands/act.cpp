#include "commands/act.hpp"

#include <algorithm>
#include <cstdio>
#include <map>

#include "commands/batch.hpp"
#include "output/progress.hpp"
#include "output/status_table.hpp"

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

// Nothing is changed while a target that may have the server says nothing.
bool reachable(const Fleet& fleet, const ActOptions& options, std::string& reason) {
    if (!options.skip_unreachable) {
        if (all_reachable(fleet)) {
            return true;
        }
        complain(
            "nothing was changed; with --skip-unreachable it goes on without the targets that do "
            "not answer");
        return false;
    }
    bool any = false;
    for (const FleetTarget& target : fleet.targets) {
        any = any || !target.error;
        if (target.error) {
            complain("goes on without " + unreachable_text(target));
            reason += (reason.empty() ? "" : "; ") + std::string("without ") + target.name +
                      ", which did not answer";
        }
    }
    return any;
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
    Fleet fleet = context.targets.look(&context.interrupt);
    if (context.interrupt.came()) {
        return ExitCode::interrupted;
    }
    OperationRequest request;
    request.action = options.action;
    request.body = options.body;
    request.body.by = caller();
    if (!reachable(fleet, options, request.body.reason)) {
        return ExitCode::unreachable;
    }
    if (!resolve(fleet, servers)) {
        return ExitCode::usage;
    }
    const unsigned limit = options.max_unavailable.value_or(context.config.max_unavailable);
    if (stays_out(options.action) && !options.body.force && !few_enough(servers, limit)) {
        return ExitCode::refused;
    }

    const bool all_at_once = options.action != Action::restart;
    Batch turns(servers, all_at_once ? servers.size() : limit);
    const auto progress = make_progress(context.json, context.program);
    const ExitCode code =
        Runner(context.targets, *progress, context.interrupt).run(std::move(fleet), turns, request);
    if (const auto left = turns.left(); !left.empty() && code != ExitCode::interrupted) {
        std::string names;
        for (const ServerSpec& server : left) {
            names += (names.empty() ? "" : ", ") + to_string(server);
        }
        complain("not begun after the failure: " + names);
    }
    return code;
}

}  // namespace lbdrain::ctl
