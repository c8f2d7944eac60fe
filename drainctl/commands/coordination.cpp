#include "commands/coordination.hpp"

#include "commands/context.hpp"
#include "config/state_dir.hpp"
#include "lbdrain/coordination/local_coordinator.hpp"

namespace lbdrain::ctl {

std::expected<std::unique_ptr<Coordinator>, std::string> make_coordinator(const CtlConfig& config) {
    const auto directory = state_dir(config);
    if (!directory) {
        return std::unexpected(directory.error());
    }
    return std::make_unique<LocalCoordinator>(*directory,
                                              [](const std::string& text) { complain(text); });
}

}  // namespace lbdrain::ctl
