#include "commands/systemd.hpp"

#include <cstdio>
#include <filesystem>

#include "config/read_config.hpp"
#include "systemd/dropin.hpp"
#include "systemd/unit_hooks.hpp"

namespace lbdrain::ctl {
namespace {

using Hook = int (*)(const CtlConfig&, const UnitHookOptions&, Interrupt&);

ConfigResult config_of(const CommandLine& line) {
    auto config = line.config.empty() ? find_config() : read_config(line.config);
    if (!config) {
        std::fputs(yaml::to_string(config.error()).c_str(), stderr);
    }
    return config;
}

ExitCode run_hook(const CommandLine& line, Hook hook, const UnitHookOptions& options) {
    if (!line.apis.empty()) {
        complain("a hook's targets are those of drainctl.yaml: --api is not for it");
        return ExitCode::usage;
    }
    const auto config = config_of(line);
    if (!config) {
        // A mistake there must not keep a unit from starting, nor mark it as failed.
        complain("nothing is drained and nothing put back: the configuration cannot be read");
        return ExitCode::done;
    }
    Interrupt interrupt;
    return static_cast<ExitCode>(hook(*config, options, interrupt));
}

struct HookInput {
    UnitHookOptions options;
    bool self = false;
};

void add_hook(CLI::App& hooks, CommandLine& line, const std::string& name, Hook hook,
              const std::string& help) {
    const auto input = std::make_shared<HookInput>();
    CLI::App& command = *hooks.add_subcommand(name, help);
    auto* which = command.add_option_group("which")->require_option(1);
    which->add_flag("--self", input->self, "The unit that this process runs in");
    which->add_option("--unit", input->options.unit, "Another one")->type_name("UNIT");
    if (hook == &post_start) {
        command.add_flag("--fail", input->options.fail_unit_start,
                         "Exit with 1 if it does not get ready, for which systemd stops the unit");
    }
    command.callback([&line, hook, input] {
        line.offline = [&line, hook, input] { return run_hook(line, hook, input->options); };
    });
}

ExitCode print_dropin(const CommandLine& line, const std::string& unit) {
    const auto config = config_of(line);
    if (!config) {
        return ExitCode::usage;
    }
    std::error_code failed;
    auto program = std::filesystem::read_symlink("/proc/self/exe", failed);
    if (failed) {
        program = "/usr/bin/drainctl";
    }
    const std::string arguments =
        line.config.empty() ? "" : " --config " + std::filesystem::absolute(line.config).string();
    std::fputs(dropin(*config, {unit, program, arguments}).c_str(), stdout);
    return ExitCode::done;
}

const CLI::Validator a_service_unit(
    [](std::string& text) {
        const bool good = text.ends_with(".service") && text.find('/') == std::string::npos;
        return good ? std::string() : "\"" + text + "\" is no unit such as vllm@.service";
    },
    "UNIT", "unit");

}  // namespace

void add_systemd(CommandLine& line) {
    CLI::App& hooks =
        *line.app.add_subcommand("hook", "What a replica's systemd unit calls: see systemd-dropin");
    hooks.require_subcommand(1);
    add_hook(hooks, line, "pre-stop", &pre_stop, "ExecStop=: drain, and wait for the last request");
    add_hook(hooks, line, "post-start", &post_start,
             "ExecStartPost=: wait until it can serve, and put it back");
    add_hook(hooks, line, "post-stop", &post_stop, "ExecStopPost=: take out what has crashed");

    const auto unit = std::make_shared<std::string>();
    CLI::App& command = *line.app.add_subcommand(
        "systemd-dropin", "Print the drop-in that lets a unit stop without a failed request");
    command.add_option("UNIT", *unit, "vllm-a.service, or a template: vllm@.service")
        ->required()
        ->check(a_service_unit);
    command.callback(
        [&line, unit] { line.offline = [&line, unit] { return print_dropin(line, *unit); }; });
}

}  // namespace lbdrain::ctl
