// `completion`, and what its scripts ask.
#include "commands/command_line.hpp"
#include "commands/completion.hpp"

namespace lbdrain::ctl {

// Names for the shells' completion, told apart by what has to be asked of the targets.
void add_complete(CommandLine& line) {
    const auto what = std::make_shared<std::string>();
    CLI::App& command = *line.app.add_subcommand("complete", "")->group("");
    command.add_option("WHAT", *what)->required();
    command.callback([&line, what] {
        if (*what == "servers" || *what == "services") {
            line.run = [what](Context& context) { return complete(context, *what); };
            return;
        }
        line.offline = [&line, what] {
            constexpr std::string_view options = "options ";
            for (const CLI::App* each : line.app.get_subcommands({})) {
                if (*what == "commands" && !each->get_group().empty()) {
                    std::printf("%s\n", each->get_name().c_str());
                } else if (*what == std::string(options) + each->get_name()) {
                    for (const CLI::Option* option : each->get_options()) {
                        for (const std::string& name : option->get_lnames()) {
                            std::printf("--%s\n", name.c_str());
                        }
                    }
                }
            }
            return ExitCode::done;
        };
    });
}

void add_completion(CommandLine& line) {
    const auto shell = std::make_shared<std::string>();
    CLI::App& command = *line.app.add_subcommand(
        "completion", "Print what bash or zsh needs to complete commands and server names");
    command.add_option("SHELL", *shell)->required()->check(CLI::IsMember({"bash", "zsh"}));
    command.callback([&line, shell] {
        line.offline = [shell] {
            std::fputs(completion_script(*shell).c_str(), stdout);
            return ExitCode::done;
        };
    });
}

}  // namespace lbdrain::ctl
