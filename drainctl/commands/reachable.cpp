#include "commands/reachable.hpp"

#include "commands/context.hpp"
#include "output/status_table.hpp"

namespace lbdrain::ctl {

bool reachable(const Fleet& fleet, bool skip, std::string& reason) {
    if (!skip) {
        if (all_reachable(fleet)) {
            return true;
        }
        complain(
            "nothing was changed; with --skip-unreachable it goes on without the targets that do "
            "not answer");
        return false;
    }
    bool any = false;
    for (const FleetTarget& target : fleet.targets) {
        any = any || !target.error;
        if (target.error) {
            complain("goes on without " + unreachable_text(target));
            reason += (reason.empty() ? "" : "; ") + std::string("without ") + target.name +
                      ", which did not answer";
        }
    }
    return any;
}

}  // namespace lbdrain::ctl
