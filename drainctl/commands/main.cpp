// drainctl: the command people and deploy scripts use. See --help and docs/drainctl.md.
#include <algorithm>
#include <cstdio>
#include <exception>

#include "commands/command_line.hpp"
#include "config/read_config.hpp"
#include "lbdrain/yaml/near_miss.hpp"

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
        TargetConfig target = target_of(*endpoint);
        // Two on one host, or two sockets of the same name.
        for (TargetConfig& other : config.targets) {
            if (other.name == target.name) {
                other.name = shown(other.endpoint);
                target.name = shown(*endpoint);
            }
        }
        config.targets.push_back(std::move(target));
    }
    return true;
}

// The first word that is no option, if it is no command either, and what was probably meant.
std::string unknown_command(const CommandLine& line, int argc, char** argv) {
    std::vector<std::string> names;
    for (const CLI::App* each : line.app.get_subcommands({})) {
        names.push_back(each->get_name());
    }
    for (int i = 1; i < argc; ++i) {
        const std::string word = argv[i];
        if (word == "--api" || word == "--config") {
            ++i;
            continue;
        }
        if (word.starts_with("-")) {
            continue;
        }
        if (std::ranges::find(names, word) != names.end()) {
            return "";
        }
        const std::vector<std::string_view> words(names.begin(), names.end());
        const auto near = yaml::near_miss(word, words);
        return "no command \"" + word + "\"" +
               (near ? ", did you mean " + std::string(*near) + "?" : "; see drainctl --help");
    }
    return "no command given; see drainctl --help";
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
            if (told.get_exit_code() == 0) {
                return line.app.exit(told);
            }
            const std::string unknown = lbdrain::ctl::unknown_command(line, argc, argv);
            if (unknown.empty()) {
                line.app.exit(told);
            } else {
                lbdrain::ctl::complain(unknown);
            }
            return 2;
        }
        return static_cast<int>(lbdrain::ctl::run(line));
    } catch (const std::exception& failed) {
        std::fprintf(stderr, "drainctl: %s\n", failed.what());
        return 1;
    }
}
