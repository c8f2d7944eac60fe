#include "systemd/reach.hpp"

#include <algorithm>

#include "lbdrain/waiting_for.hpp"

namespace lbdrain::ctl {

void Reach::see(const Fleet& fleet, Millis now, std::vector<Line>& lines) {
    for (const FleetTarget& target : fleet.targets) {
        if (std::ranges::find(left_out_, target.name) != left_out_.end()) {
            continue;
        }
        if (!target.error) {
            if (silent_.erase(target.name) > 0) {
                lines.push_back({false, target.name + " answers again"});
            }
            continue;
        }
        const auto [found, first] = silent_.try_emplace(target.name, Silent{now, {}});
        found->second.why = target.error->text;
        const std::string what =
            target.name + " (" + target.shown + ") cannot be asked: " + target.error->text;
        if (now - found->second.since >= limit_) {
            lines.push_back({true, what + "; going on without it"});
            left_out_.push_back(target.name);
            silent_.erase(found);
        } else if (first) {
            lines.push_back({true, what + "; trying for " + duration_text(limit_)});
        }
    }
}

std::string Reach::text(Millis now) const {
    if (silent_.empty()) {
        return {};
    }
    const auto& [name, silent] = *silent_.begin();
    return name + " cannot be asked (" + silent.why + "); " +
           duration_text(std::max<Millis>(0, limit_ - (now - silent.since))) + " left";
}

}  // namespace lbdrain::ctl
