// drainctl: the command people and deploy scripts use. See --help and docs/drainctl.md.
#include <cstdio>
#include <exception>

#include "commands/command_line.hpp"
#include "config/read_config.hpp"

namespace lbdrain::ctl {
namespace {

// How it was called, for hints that can be copied.
std::string program_of(const CommandLine& line) {
    std::string program = "drainctl";
    if (!line.config.empty()) {
        program += " --config " + line.config;
    }
    for (const std::string& api : line.apis) {
        program += " --api " + api;
    }
    return program;
}

bool add_targets(const CommandLine& line, CtlConfig& config) {
    if (!line.apis.empty()) {
        config.targets.clear();
    }
    for (const std::string& api : line.apis) {
        auto endpoint = client::parse_endpoint(api);
        if (!endpoint) {
            complain("--api \"" + api + "\" " + endpoint.error());
            return false;
        }
        config.targets.push_back(target_of(*endpoint));
    }
    return true;
}

ExitCode run(CommandLine& line) {
    if (line.offline) {
        return line.offline();
    }
    auto config = line.config.empty() ? find_config() : read_config(line.config);
    if (!config) {
        std::fputs(yaml::to_string(config.error()).c_str(), stderr);
        return ExitCode::usage;
    }
    if (!add_targets(line, *config)) {
        return ExitCode::usage;
    }
    Interrupt interrupt;
    Targets targets(config->targets);
    Context context{std::move(*config), line.json, program_of(line), targets, interrupt};
    return line.run(context);
}

}  // namespace
}  // namespace lbdrain::ctl

int main(int argc, char** argv) {
    try {
        lbdrain::ctl::CommandLine line;
        try {
            line.app.parse(argc, argv);
        } catch (const CLI::ParseError& told) {
            return line.app.exit(told) == 0 ? 0 : 2;
        }
        return static_cast<int>(lbdrain::ctl::run(line));
    } catch (const std::exception& failed) {
        std::fprintf(stderr, "drainctl: %s\n", failed.what());
        return 1;
    }
}
