#include "commands/status.hpp"

#include <unistd.h>

#include <algorithm>
#include <chrono>
#include <cstdio>

#include "config/server_spec.hpp"
#include "output/status_table.hpp"

namespace lbdrain::ctl {
namespace {

constexpr Millis interval = 1'000;

std::int64_t unix_now() {
    return std::chrono::duration_cast<std::chrono::milliseconds>(
               std::chrono::system_clock::now().time_since_epoch())
        .count();
}

ExitCode code_of(const Fleet& fleet) {
    const bool all = std::ranges::none_of(
        fleet.targets, [](const FleetTarget& target) { return target.error.has_value(); });
    return all ? ExitCode::done : ExitCode::unreachable;
}

std::vector<ServerSpec> specs_of(const std::vector<std::string>& texts) {
    std::vector<ServerSpec> specs;
    specs.reserve(texts.size());
    for (const std::string& text : texts) {
        specs.push_back(parse_server_spec(text).value_or(ServerSpec{text, ""}));
    }
    return specs;
}

// Names that are none are a mistake only when all that could know them have answered.
bool known(const Fleet& fleet, const std::vector<ServerSpec>& specs) {
    bool all = true;
    for (const ServerSpec& spec : specs) {
        if (spec.server.empty() && fleet.service(spec.service) == nullptr) {
            complain(unknown_service(fleet, spec.service));
            all = false;
        } else if (!spec.server.empty() && fleet.find(spec) == nullptr) {
            complain(unknown_server(fleet, spec));
            all = false;
        }
    }
    return all;
}

ExitCode watch(Context& context, const std::vector<ServerSpec>& only) {
    LiveLines lines(STDOUT_FILENO, terminal_of(STDOUT_FILENO));
    std::string said;
    for (;;) {
        const Fleet fleet = context.targets.look(&context.interrupt);
        if (context.interrupt.came()) {
            // What is on the screen stays there.
            lines.keep();
            return ExitCode::done;
        }
        if (context.json) {
            std::string text = status_json(fleet, only);
            if (text != said) {
                std::printf("%s\n", text.c_str());
                std::fflush(stdout);
                said = std::move(text);
            }
        } else {
            lines.show(status_lines(fleet, only, unix_now(), lines.terminal()));
        }
        if (context.targets.rest(interval, &context.interrupt)) {
            lines.keep();
            return ExitCode::done;
        }
    }
}

}  // namespace

ExitCode status(Context& context, const StatusOptions& options) {
    const std::vector<ServerSpec> only = specs_of(options.only);
    const Terminal terminal = terminal_of(STDOUT_FILENO);
    if (options.watch && !context.json && !terminal.live) {
        complain("--watch needs a terminal, or --json");
        return ExitCode::usage;
    }
    const Fleet fleet = context.targets.look(&context.interrupt);
    if (context.interrupt.came()) {
        return ExitCode::interrupted;
    }
    if (code_of(fleet) == ExitCode::done && !known(fleet, only)) {
        return ExitCode::usage;
    }
    if (options.watch) {
        return watch(context, only);
    }
    if (context.json) {
        std::printf("%s\n", status_json(fleet, only).c_str());
    } else {
        for (const std::string& line : status_lines(fleet, only, unix_now(), terminal)) {
            std::printf("%s\n", line.c_str());
        }
    }
    return code_of(fleet);
}

}  // namespace lbdrain::ctl
