// Bodies of the drain API: a client's command, and what a client reads.
#include "fuzz_target.hpp"
#include "lbdrain/api/command_request.hpp"
#include "lbdrain/api/read_views.hpp"
#include "lbdrain/api/target.hpp"

using namespace lbdrain;
using fuzz::require;

int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    const auto bytes = fuzz::text(data, size);
    const auto request = api::parse_command_request(bytes, api::Action::restart);
    require(request || !request.error().detail.empty());
    const auto target = api::parse_path(bytes);
    require(target || !target.error().detail.empty());
    const auto server = api::read_server(bytes);
    require(server || !server.error().empty());
    const auto status = api::read_status(bytes);
    require(status || !status.error().empty());
    const auto event = api::read_event(bytes);
    require(event || !event.error().empty());
    return 0;
}
