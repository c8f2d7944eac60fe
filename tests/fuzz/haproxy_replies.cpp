// What HAProxy answers: `show stat`, `show servers state`, `show proc`, `show info`, and the lines
// of a server-state file.
#include "fuzz_target.hpp"
#include "runtime/info.hpp"
#include "runtime/proc_list.hpp"
#include "runtime/servers_state.hpp"
#include "runtime/stat_table.hpp"
#include "state_row/state_text.hpp"

using namespace lbdrain;
using fuzz::require;

int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    const auto bytes = fuzz::text(data, size);

    const auto stat = haproxy::parse_stat(bytes);
    require(stat || !stat.error().message.empty());
    if (stat) {
        for (const auto& server : stat->servers) {
            require(!server.server.empty() || server.in_flight() == server.scur + server.qcur);
        }
    }
    const auto state = haproxy::parse_servers_state(bytes);
    require(state || !state.error().message.empty());
    const auto processes = haproxy::parse_proc_list(bytes);
    require(processes || !processes.error().message.empty());
    const auto info = haproxy::parse_info(bytes);
    require(info || !info.error().message.empty());
    static_cast<void>(haproxy::parse_state_text(bytes));
    return 0;
}
