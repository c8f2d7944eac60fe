// agent.yaml.
#include "config/read_config.hpp"
#include "fuzz_target.hpp"

using lbdrain::fuzz::require;

int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    const auto config = lbdrain::agent::parse_config(lbdrain::fuzz::text(data, size), "agent.yaml");
    if (config) {
        require(!lbdrain::agent::describe(*config).empty());
    } else {
        require(!config.error().empty());
        for (const auto& error : config.error()) {
            require(!error.message.empty() && error.line >= 0);
        }
    }
    return 0;
}
