#include "commands/command_line.hpp"

#include "commands/act.hpp"
#include "commands/completion.hpp"
#include "commands/status.hpp"
#include "commands/systemd.hpp"
#include "lbdrain/yaml/scalars.hpp"

namespace lbdrain::ctl {
namespace {

using api::Action;

std::expected<Millis, std::string> parse_duration_text(const std::string& text) {
    yaml::YamlNode node;
    node.kind = yaml::YamlNode::Kind::scalar;
    node.text = text;
    const auto value = yaml::parse_duration(node);
    if (value) {
        return *value;
    }
    const yaml::Fault& fault = value.error();
    return std::unexpected(
        "\"" + text + "\" " + fault.what + ", expected " +
        (fault.expected.empty() ? "a duration such as 30s, 15m or 1h30m" : fault.expected));
}

// The options of a command as CLI11 fills them in.
struct ActInput {
    ActOptions options;
    std::string timeout;
    std::string settle;
    std::string on_timeout;
    bool check = false;
    bool no_check = false;
};

ActOptions options_of(const ActInput& input) {
    ActOptions options = input.options;
    if (!input.timeout.empty()) {
        options.body.timeout_ms = duration_of(input.timeout);
    }
    if (!input.settle.empty()) {
        options.body.settle_ms = duration_of(input.settle);
    }
    if (!input.on_timeout.empty()) {
        options.body.on_timeout = parse_on_timeout(input.on_timeout);
    }
    if (input.check || input.no_check) {
        options.body.check = input.check;
    }
    return options;
}

void add_act(CommandLine& line, Action action, const std::string& help) {
    const auto input = std::make_shared<ActInput>();
    input->options.action = action;
    CLI::App& command = *line.app.add_subcommand(std::string(to_string(action)), help);
    command.add_option("SERVICE/SERVER", input->options.servers, "Servers, by name or address")
        ->required();
    command.add_option("--reason", input->options.body.reason, "Why, for status and logs");
    const bool leaves = action != Action::start && action != Action::ready;
    if (leaves && action != Action::down) {
        command.add_option("--timeout", input->timeout, "Longest time to drain, such as 15m")
            ->check(a_duration);
        command.add_option("--settle", input->settle, "How long zero has to hold, such as 1s")
            ->check(a_duration);
        command
            .add_option("--on-timeout", input->on_timeout,
                        "When the time for draining is over: put it back, cut, or go on waiting")
            ->check(CLI::IsMember({"readmit", "stop", "wait"}));
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

void add_status(CommandLine& line) {
    const auto options = std::make_shared<StatusOptions>();
    CLI::App& command = *line.app.add_subcommand("status", "Show all servers at a glance");
    command.add_option("SERVICE[/SERVER]", options->only, "Only these");
    command.add_flag("-w,--watch", options->watch, "Draw it again and again until Ctrl-C");
    command.callback([&line, options] {
        line.run = [options](Context& context) { return status(context, *options); };
    });
}

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

}  // namespace

const CLI::Validator a_duration(
    [](std::string& text) {
        const auto value = parse_duration_text(text);
        return value ? std::string() : value.error();
    },
    "DURATION", "duration");

Millis duration_of(const std::string& text) {
    return parse_duration_text(text).value_or(0);
}

CommandLine::CommandLine()
    : app("Restarts replicas behind NGINX and HAProxy without a failed request: the command for "
          "the "
          "drain API.") {
    app.name("drainctl");
    app.set_version_flag("--version", "drainctl " LBDRAIN_VERSION);
    app.require_subcommand(1);
    app.add_option("--api", apis, "A drain API: unix:/PATH or a URL; may be repeated")
        ->type_name("URL")
        ->allow_extra_args(false);
    app.add_option("--config", config,
                   "Instead of ~/.config/lbdrain/drainctl.yaml or /etc/lbdrain/drainctl.yaml")
        ->type_name("FILE");
    app.add_flag("--json", json, "One JSON object a line instead of text");
    app.footer(
        "Exit codes: 0 done; 1 failed; 2 usage; 3 drain deadline passed, server put back;\n"
        "4 refused by a guard; 5 locked by another; 6 target unreachable; 130 interrupted.");
    add_status(*this);
    add_act(*this, Action::drain, "Take servers out and wait until their last request is answered");
    add_act(*this, Action::stop, "Drain, then stop the process");
    add_act(*this, Action::start, "Start the process, wait until it can serve, put it back");
    add_act(*this, Action::restart, "Drain, stop, start, wait until it can serve, put it back");
    add_act(*this, Action::ready, "Put servers back");
    add_act(*this, Action::down, "Take servers out at once, whatever is in flight");
    add_systemd(*this);
    add_completion(*this);
    add_complete(*this);
}

}  // namespace lbdrain::ctl
