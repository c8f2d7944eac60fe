// The options of rollout and lock.
#include "commands/command_line.hpp"
#include "commands/lock.hpp"
#include "commands/rollout.hpp"

namespace lbdrain::ctl {
namespace {

struct RolloutInput {
    RolloutOptions options;
    std::string order = "listed";
    std::string pause;
    DrainTimes times;
};

RolloutOptions options_of(const RolloutInput& input) {
    RolloutOptions options = input.options;
    if (input.order == "least-busy") {
        options.plan.order = StepOrder::least_busy;
    } else if (input.order != "listed") {
        options.plan.order = StepOrder::named;
        options.plan.names = CLI::detail::split(input.order, ',');
    }
    if (!input.pause.empty()) {
        options.pause = duration_of(input.pause);
    }
    input.times.apply(options.body);
    return options;
}

}  // namespace

void add_rollout(CommandLine& line) {
    const auto input = std::make_shared<RolloutInput>();
    RolloutOptions& options = input->options;
    CLI::App& command = *line.app.add_subcommand(
        "rollout", "Restart all servers of a service, one after the other; stops at a failure");
    command.add_option("SERVICE", options.service)->required();
    command.add_option("--max-unavailable", options.max_unavailable, "So many at a time")
        ->check(CLI::PositiveNumber);
    command.add_option("--pause", input->pause, "After each server, before the next, such as 10s")
        ->check(a_duration);
    auto* order =
        command.add_option("--order", input->order,
                           "listed, least-busy, or names of servers with commas between them");
    auto* only = command.add_option("--only", options.plan.only, "Only these servers")
                     ->delimiter(',')
                     ->allow_extra_args(false);
    auto* skip = command.add_option("--skip", options.plan.skip, "All but these servers")
                     ->delimiter(',')
                     ->allow_extra_args(false);
    auto* dry_run = command.add_flag("--dry-run", options.dry_run,
                                     "Show the steps and the capacity that is left at each");
    auto* resume =
        command.add_flag("--resume", options.resume, "Carry on the rollout that was not finished");
    // Its steps and their order are the journal's.
    resume->excludes(order)->excludes(only)->excludes(skip)->excludes(dry_run);
    command.add_flag("--start-over", options.start_over, "Begin anew though one was not finished")
        ->excludes(resume);
    command.add_option("--reason", options.body.reason, "Why, for status, locks and logs");
    input->times.add_to(command);
    command.add_flag("--force", options.body.force, "Even if a guard forbids it; needs --reason");
    command.add_flag("--skip-unreachable", options.skip_unreachable,
                     "Go on without targets that do not answer");
    command.callback([&line, input] {
        line.run = [options = options_of(*input)](Context& context) {
            return rollout(context, options);
        };
    });
}

void add_lock(CommandLine& line) {
    CLI::App& command =
        *line.app.add_subcommand("lock", "Who runs a rollout, and who has servers out");
    command.require_subcommand(1);

    const auto shown = std::make_shared<std::string>();
    CLI::App& show = *command.add_subcommand("show", "Show rollouts and permits");
    show.add_option("SERVICE", *shown, "Only this one");
    show.callback([&line, shown] {
        line.run = [shown](Context& context) { return lock_show(context, *shown); };
    });

    struct Release {
        std::string service;
        std::string server;
        bool force = false;
    };
    const auto released = std::make_shared<Release>();
    CLI::App& release = *command.add_subcommand("release", "Take a rollout's lock from its holder");
    release.add_option("SERVICE", released->service)->required();
    release.add_option("--server", released->server,
                       "Not the lock, but this server's permit to be out");
    release.add_flag("--force", released->force,
                     "Though its holder lives; it will begin nothing more");
    release.callback([&line, released] {
        line.run = [released](Context& context) {
            return lock_release(context, released->service, released->server, released->force);
        };
    });
}

}  // namespace lbdrain::ctl
