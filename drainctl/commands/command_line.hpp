// drainctl's command line: every command and option, and what they are bound to.
#pragma once

#include <CLI/CLI.hpp>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "commands/context.hpp"

namespace lbdrain::ctl {

using Run = std::function<ExitCode(Context&)>;

struct CommandLine {
    CommandLine();

    CLI::App app;
    std::vector<std::string> apis;
    std::string config;
    bool json = false;
    // What was asked for, set while parsing. `offline`: needs neither configuration nor targets.
    Run run;
    std::function<ExitCode()> offline;
};

// "90s" in milliseconds, as in configuration files; checks an option's value.
extern const CLI::Validator a_duration;
Millis duration_of(const std::string& text);

// --timeout, --settle and --on-timeout, which all that drain have.
struct DrainTimes {
    std::string timeout;
    std::string settle;
    std::string on_timeout;

    // `stops`: it has something to cut at the deadline.
    void add_to(CLI::App& command, bool stops = true);
    void apply(api::CommandRequest& body) const;
};

// One for each command, in a file of its own.
void add_act(CommandLine& line, api::Action action, const std::string& help);
void add_rollout(CommandLine& line);
void add_lock(CommandLine& line);
void add_verify(CommandLine& line);
void add_completion(CommandLine& line);
void add_complete(CommandLine& line);

}  // namespace lbdrain::ctl
