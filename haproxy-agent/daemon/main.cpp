// drain-agent: the daemon behind HAProxy's agent-checks. See --help and docs/.
#include <CLI/CLI.hpp>
#include <cstdio>
#include <exception>

#include "config/read_config.hpp"
#include "daemon/agent.hpp"

namespace {

int check_config(const std::string& file) {
    const auto config = lbdrain::agent::read_config(file);
    if (!config) {
        std::fputs(lbdrain::agent::to_string(config.error()).c_str(), stderr);
        return 1;
    }
    std::fputs(lbdrain::agent::describe(*config).c_str(), stdout);
    std::printf("%s: the configuration is fine\n", file.c_str());
    return 0;
}

}  // namespace

int main(int argc, char** argv) {
    try {
        std::string file = LBDRAIN_AGENT_CONFIG;
        bool check = false;
        CLI::App app(
            "Answers HAProxy's agent-checks, drains servers, runs their stop and start "
            "hooks, and serves the drain API.\n"
            "SIGHUP reloads the configuration; SIGTERM ends it, and the next start "
            "carries on with what was running.");
        app.name("drain-agent");
        app.set_version_flag("--version", "drain-agent " LBDRAIN_VERSION);
        app.add_option("-c,--config", file, "Configuration file")->capture_default_str();
        app.add_flag("--check-config", check, "Read the configuration, tell what is wrong, exit");
        try {
            app.parse(argc, argv);
        } catch (const CLI::ParseError& told) {
            return app.exit(told) == 0 ? 0 : 2;
        }
        return check ? check_config(file) : lbdrain::agent::Agent(file).run();
    } catch (const std::exception& failed) {
        std::fprintf(stderr, "drain-agent: %s\n", failed.what());
        return 1;
    }
}
