// The options of drain, stop, start, restart, ready and down.
#include "commands/act.hpp"
#include "commands/command_line.hpp"

namespace lbdrain::ctl {
namespace {

using api::Action;

// The options of a command as CLI11 fills them in.
struct ActInput {
    ActOptions options;
    DrainTimes times;
    bool check = false;
    bool no_check = false;
};

ActOptions options_of(const ActInput& input) {
    ActOptions options = input.options;
    input.times.apply(options.body);
    if (input.check || input.no_check) {
        options.body.check = input.check;
    }
    return options;
}

}  // namespace

void add_act(CommandLine& line, Action action, const std::string& help) {
    const auto input = std::make_shared<ActInput>();
    input->options.action = action;
    CLI::App& command = *line.app.add_subcommand(std::string(to_string(action)), help);
    command.add_option("SERVICE/SERVER", input->options.servers, "Servers, by name or address")
        ->required();
    command.add_option("--reason", input->options.body.reason, "Why, for status and logs");
    const bool leaves = action != Action::start && action != Action::ready;
    if (leaves && action != Action::down) {
        input->times.add_to(command, action != Action::drain);
    }
    if (leaves) {
        command
            .add_option("--max-unavailable", input->options.max_unavailable,
                        "So many servers of a service may be out at a time")
            ->check(CLI::PositiveNumber);
    }
    if (action == Action::ready) {
        auto* check = command.add_flag("--check", input->check, "Pass the ready check first");
        command.add_flag("--no-check", input->no_check, "At once")->excludes(check);
    }
    command.add_flag("--force", input->options.body.force,
                     "Even if a guard forbids it; needs --reason");
    command.add_flag("--skip-unreachable", input->options.skip_unreachable,
                     "Go on without targets that do not answer");
    command.callback([&line, input] {
        line.run = [options = options_of(*input)](Context& context) {
            return act(context, options);
        };
    });
}

}  // namespace lbdrain::ctl
