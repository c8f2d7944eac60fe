#include "commands/rollout.hpp"

#include <algorithm>
#include <chrono>
#include <cstdio>

#include "commands/coordination.hpp"
#include "commands/permits.hpp"
#include "commands/reachable.hpp"
#include "commands/rollout_turns.hpp"
#include "output/progress.hpp"
#include "rollout/capacity.hpp"
#include "rollout/resume.hpp"

namespace lbdrain::ctl {
namespace {

Millis unix_now() {
    return std::chrono::duration_cast<std::chrono::milliseconds>(
               std::chrono::system_clock::now().time_since_epoch())
        .count();
}

std::vector<PlanServer> servers_to_plan(const Fleet& fleet, const std::string& service) {
    std::vector<PlanServer> servers;
    for (const FleetServer* server : fleet.servers_of(service)) {
        const Summary sum = summarize(*server);
        PlanServer one;
        one.name = server->name.server;
        one.address = server->address;
        one.in_rotation = sum.agreed && in_rotation(sum.state);
        one.in_flight = sum.in_flight + sum.queued;
        one.state = to_string(sum.state);
        one.weight = server->places.front().view.weight;
        servers.push_back(std::move(one));
    }
    return servers;
}

std::vector<std::string> names_of(const Fleet& fleet, const std::string& service) {
    std::vector<std::string> names;
    for (const FleetServer* server : fleet.servers_of(service)) {
        names.push_back(server->name.server);
    }
    return names;
}

std::expected<Plan, ExitCode> plan_of(const Fleet& fleet, const RolloutOptions& options,
                                      unsigned limit) {
    const FleetService* service = fleet.service(options.service);
    if (service == nullptr) {
        complain(unknown_service(fleet, options.service));
        return std::unexpected(ExitCode::usage);
    }
    PlanOptions wanted = options.plan;
    wanted.max_unavailable = limit;
    wanted.pause = options.pause.value_or(0);
    wanted.min_ready = std::max(1U, service->min_ready);
    wanted.force = options.body.force;
    auto plan = make_plan(servers_to_plan(fleet, options.service), wanted);
    if (plan) {
        return std::move(*plan);
    }
    bool usage = false;
    for (const PlanError& error : plan.error()) {
        complain(error.text);
        usage = usage || error.kind == PlanError::Kind::usage;
    }
    return std::unexpected(usage ? ExitCode::usage : ExitCode::refused);
}

// What was running when the rollout before ended, and has been restarted since: its sequence went
// on without it.
void mark_ended(Journal& journal, const Fleet& fleet) {
    for (Step& step : journal.steps) {
        const FleetServer* server = fleet.find({journal.service, step.server});
        if (step.state != StepState::running || server == nullptr || !settled_ready(*server)) {
            continue;
        }
        for (const Place& place : server->places) {
            const api::ServerView& view = place.view;
            if (view.last.goal == Goal::restarted && view.last.outcome == Outcome::reached &&
                view.last_at_unix_ms >= step.begun) {
                step.state = StepState::done;
                step.ended = view.last_at_unix_ms;
                step.text = "restarted while nobody watched";
            }
        }
    }
}

struct Begun {
    Journal journal;
    Schedule schedule;
    api::CommandRequest body;  // of each restart
};

// What the rollout was begun with, but for what is said anew.
std::expected<api::CommandRequest, ExitCode> request_of(const Journal& journal,
                                                        const api::CommandRequest& anew) {
    auto request = api::parse_command_request(journal.request, api::Action::restart);
    if (!request) {
        complain("the journal's request cannot be read: " + request.error().detail +
                 "; --start-over begins a new rollout");
        return std::unexpected(ExitCode::failed);
    }
    request->force = request->force || anew.force;
    request->timeout_ms = anew.timeout_ms ? anew.timeout_ms : request->timeout_ms;
    request->settle_ms = anew.settle_ms ? anew.settle_ms : request->settle_ms;
    request->on_timeout = anew.on_timeout ? anew.on_timeout : request->on_timeout;
    request->reason = anew.reason.empty() ? request->reason : anew.reason;
    return std::move(*request);
}

Begun begin_anew(const RolloutOptions& options, const Plan& plan, const std::string& without) {
    Journal journal;
    journal.id = std::to_string(unix_now());
    journal.service = options.service;
    journal.action = to_string(api::Action::restart);
    journal.request = client::body_of(options.body, api::Action::restart);
    journal.max_unavailable = plan.max_unavailable;
    journal.pause = plan.pause;
    if (!without.empty()) {
        journal.without.push_back(without);
    }
    journal.by = caller();
    journal.why = options.body.reason;
    journal.begun = unix_now();
    return {std::move(journal), Schedule(plan.names(), plan.max_unavailable, plan.pause),
            options.body};
}

std::expected<Begun, ExitCode> carry_on(const std::string& text, const RolloutOptions& options,
                                        const Fleet& fleet, const std::string& without) {
    auto journal = decode_journal(text);
    if (!journal) {
        complain("the journal of the unfinished rollout cannot be read: " + journal.error() +
                 "; --start-over begins a new one");
        return std::unexpected(ExitCode::failed);
    }
    auto body = request_of(*journal, options.body);
    if (!body) {
        return std::unexpected(body.error());
    }
    if (!without.empty()) {
        journal->without.push_back(without);
    }
    journal->max_unavailable = options.max_unavailable.value_or(journal->max_unavailable);
    journal->pause = options.pause.value_or(journal->pause);
    mark_ended(*journal, fleet);
    Resumed resumed = resume(*journal, names_of(fleet, options.service));
    const auto tell = [&](const std::vector<std::string>& names, const std::string& what) {
        for (const std::string& name : names) {
            std::string line = to_string(ServerSpec{options.service, name});
            line += " ";
            line += what;
            complain(line);
        }
    };
    tell(resumed.again, "was running or had failed: it comes first");
    tell(resumed.vanished, "is no longer there: it is skipped");
    tell(resumed.appeared, "is new since the rollout began: it is left alone");
    return Begun{std::move(*journal), std::move(resumed.schedule), std::move(*body)};
}

// The rollout that was left unfinished, if there is one, is carried on or given up only as asked.
std::expected<std::optional<std::string>, ExitCode> unfinished(Coordinator& coordinator,
                                                               const RolloutOptions& options) {
    auto text = coordinator.load_journal(options.service);
    if (!text) {
        complain(text.error().text);
        return std::unexpected(ExitCode::failed);
    }
    if (options.resume && !*text) {
        complain("there is no unfinished rollout of " + options.service + " to carry on");
        return std::unexpected(ExitCode::usage);
    }
    if (*text && !options.resume && !options.start_over) {
        const auto journal = decode_journal(**text);
        complain("a rollout of " + options.service +
                 (journal ? " by " + journal->by + " since " + api::rfc3339(journal->begun) : "") +
                 " was not finished: carry it on with --resume, or begin a new one with "
                 "--start-over");
        return std::unexpected(ExitCode::refused);
    }
    return options.resume ? std::move(*text) : std::nullopt;
}

void tell_end(const Context& context, const RolloutOptions& options, const Schedule& schedule,
              ExitCode code) {
    const Schedule::Result result = schedule.result();
    const std::string counts = std::to_string(result.done) + " restarted, " +
                               std::to_string(result.failed) + " failed, " +
                               std::to_string(result.left) + " not begun";
    if (code == ExitCode::done) {
        complain("rollout of " + options.service + ": " + counts);
        return;
    }
    complain("rollout of " + options.service + " ended early: " + counts +
             (result.text.empty() ? "" : " (" + result.text + ")"));
    complain("carry it on:  " + context.program + " rollout " + options.service + " --resume");
}

ExitCode carry_out(Context& context, const RolloutOptions& options, Fleet fleet, Begun begun,
                   const std::string& without, Coordinator& coordinator, Lease& lease) {
    OperationRequest request;
    request.action = api::Action::restart;
    request.body = begun.body;
    request.body.by = caller();
    if (request.body.reason.empty()) {
        request.body.reason = "rollout of " + options.service;
    }
    request.body.reason += without.empty() ? "" : "; " + without;
    Permits permits(coordinator, this_holder(request.body.reason), begun.journal.max_unavailable);
    if (const auto error = permits.before_look(options.service)) {
        complain(*error);
        return ExitCode::failed;
    }
    RolloutTurns turns(std::move(begun.journal), std::move(begun.schedule), permits, lease);
    const auto progress = make_progress(context.json, context.program);
    Runner runner(context.targets, *progress, context.interrupt);
    ExitCode code = runner.run(std::move(fleet), turns, request);
    if (!runner.obstacle().empty()) {
        complain(runner.obstacle());
    }
    if (code == ExitCode::done && turns.result().outcome != Schedule::Result::Outcome::done) {
        code = ExitCode::failed;
    }
    if (code == ExitCode::done) {
        if (const auto removed = lease.remove_journal(); !removed) {
            complain(removed.error().text);
        }
    }
    tell_end(context, options, turns.schedule(), code);
    return code;
}

}  // namespace

ExitCode rollout(Context& context, const RolloutOptions& options) {
    if (options.body.force && options.body.reason.empty()) {
        complain("--force needs a --reason, which is recorded");
        return ExitCode::usage;
    }
    auto coordinator = make_coordinator(context.config);
    if (!coordinator) {
        complain(coordinator.error());
        return ExitCode::failed;
    }
    std::unique_ptr<Lease> lease;
    if (!options.dry_run) {
        auto locked = (*coordinator)->acquire_lock(options.service, this_holder("rollout"));
        if (!locked) {
            complain(locked.error().text);
            return ExitCode::failed;
        }
        if (locked->locked_by) {
            complain("a rollout of " + options.service +
                     " is under way: " + to_string(*locked->locked_by));
            return ExitCode::locked;
        }
        lease = std::move(locked->lease);
    }
    const auto journal =
        options.dry_run ? std::optional<std::string>() : unfinished(**coordinator, options);
    if (!journal) {
        return journal.error();
    }
    Fleet fleet = context.targets.look(&context.interrupt);
    if (context.interrupt.came()) {
        return ExitCode::interrupted;
    }
    std::string without;
    if (!reachable(fleet, options.skip_unreachable, without)) {
        return ExitCode::unreachable;
    }
    if (*journal) {
        // What is out already counts against no plan: its permit is taken again.
        auto begun = carry_on(**journal, options, fleet, without);
        return begun ? carry_out(context, options, std::move(fleet), std::move(*begun), without,
                                 **coordinator, *lease)
                     : begun.error();
    }
    const unsigned limit = options.max_unavailable.value_or(context.config.max_unavailable);
    const auto plan = plan_of(fleet, options, limit);
    if (!plan) {
        return plan.error();
    }
    if (options.dry_run) {
        std::fputs(render_table(capacity_by_step(*plan)).c_str(), stdout);
        return ExitCode::done;
    }
    return carry_out(context, options, std::move(fleet), begin_anew(options, *plan, without),
                     without, **coordinator, *lease);
}

}  // namespace lbdrain::ctl
