#include "commands/context.hpp"

#include <pwd.h>
#include <unistd.h>

#include <array>
#include <cstdio>
#include <cstdlib>

#include "config/server_spec.hpp"
#include "output/status_table.hpp"
#include "output/terminal.hpp"

namespace lbdrain::ctl {

void complain(const std::string& text) {
    std::fprintf(stderr, "drainctl: %s\n", harmless(text).c_str());
}

// NOLINTBEGIN(concurrency-mt-unsafe): one thread, and nobody sets variables.
std::string caller() {
    std::string user;
    if (const char* sudo = std::getenv("SUDO_USER"); sudo != nullptr && ::geteuid() == 0) {
        user = sudo;
    } else if (const passwd* entry = ::getpwuid(::geteuid())) {
        user = entry->pw_name;
    } else {
        user = "uid " + std::to_string(::geteuid());
    }
    std::array<char, 256> host{};
    if (::gethostname(host.data(), host.size() - 1) != 0) {
        return user;
    }
    return user + "@" + host.data();
}
// NOLINTEND(concurrency-mt-unsafe)

bool all_reachable(const Fleet& fleet) {
    bool all = true;
    for (const FleetTarget& target : fleet.targets) {
        if (target.error) {
            complain("cannot reach " + unreachable_text(target));
            all = false;
        }
    }
    return all;
}

bool parse_specs(const std::vector<std::string>& texts, std::vector<ServerSpec>& to) {
    bool good = true;
    for (const std::string& text : texts) {
        auto spec = parse_server_spec(text);
        if (spec) {
            to.push_back(std::move(*spec));
        } else {
            complain("\"" + text + "\" is no server, " + spec.error());
            good = false;
        }
    }
    return good;
}

}  // namespace lbdrain::ctl
